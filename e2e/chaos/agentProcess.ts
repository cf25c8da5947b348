import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnPortage } from '../portage.ts'

/** One agent that is killed, suspended and started again. */
export class AgentProcess {
  kills = 0
  suspends = 0
  /** Ends that nobody asked for, with the exit code. */
  readonly crashes: string[] = []
  readonly #workFolder: string
  #child: ChildProcess | undefined

  constructor(workFolder: string) {
    this.#workFolder = workFolder
  }

  start(): void {
    const child = spawnPortage(['agent', 'run', '--work-dir', this.#workFolder])
    child.stdout?.resume()
    child.stderr?.pipe(fs.createWriteStream(`${this.#workFolder}.log`, { flags: 'a' }))
    child.once('exit', (code) => {
      if (this.#child === child) this.crashes.push(`${this.#workFolder}: exit code ${code}`)
    })
    this.#child = child
  }

  /** SIGKILL, then a new process. One that has ended by itself is started again all the same. */
  async killAndStart(): Promise<void> {
    if (await this.#end('SIGKILL')) this.kills++
    this.start()
  }

  async suspend(forMs: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await sleep(forMs)
    this.#child?.kill('SIGCONT')
    this.suspends++
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return false
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    return true
  }
}
