import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnPortage } from '../portage.ts'
import type { Network, Partition } from './network.ts'

export interface AgentOptions {
  readonly name: string
  readonly workFolder: string
  readonly places: number
  readonly network: Network
  /** Of the next start: every machine has a clock of its own that is wrong in its own way. */
  readonly environment: () => Readonly<Record<string, string>>
}

/** One agent that is killed, suspended, cut off and started again. */
export class AgentProcess {
  readonly name: string
  readonly network: Network
  kills = 0
  suspends = 0
  partitions = 0
  /** Something is being done to it now. */
  isInTrouble = false
  /** Ends that nobody asked for, with the exit code. */
  readonly crashes: string[] = []
  readonly #options: AgentOptions
  #child: ChildProcess | undefined

  constructor(options: AgentOptions) {
    this.name = options.name
    this.network = options.network
    this.#options = options
  }

  start(): void {
    const { workFolder, name, places, environment } = this.#options
    const child = spawnPortage(
      ['agent', 'run', '--work-dir', workFolder, '--name', name, '--tasks', String(places)],
      environment(),
    )
    child.stdout?.resume()
    child.stderr?.pipe(fs.createWriteStream(`${workFolder}.log`, { flags: 'a' }))
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.crashes.push(`${name}: exit code ${code ?? signal}`)
    })
    this.#child = child
  }

  /** SIGKILL, and a new process after so long. One that has ended by itself is started again all the same. */
  async kill(deadMs: number): Promise<void> {
    if (await this.#end('SIGKILL')) this.kills++
    await sleep(deadMs)
    this.start()
  }

  /** SIGSTOP for so long: the machine sleeps, or its virtual machine is moved. */
  async suspend(forMs: number): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGSTOP')
    this.suspends++
    await sleep(forMs)
    child.kill('SIGCONT')
  }

  async part(partition: Partition, forMs: number): Promise<void> {
    this.network.part(partition)
    this.partitions++
    await sleep(forMs)
    this.network.heal()
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGCONT')
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
