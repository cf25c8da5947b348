import { errnoOf } from '../fileshare/refusals.ts'
import { SmbClient } from './smbClient.ts'
import { mayBeBroken } from './smbErrors.ts'
import type { SmbCallName, SmbCalls, SmbLogin } from './smbMessages.ts'

/** Each waits for one answer at a time; more of them hide the way to the server. The library allows one only in one process. */
const CLIENTS_MAX = 'electron' in process.versions ? 1 : 4
const IDLE_MS = 60_000

export interface SmbPoolOptions {
  readonly login: () => Promise<SmbLogin>
  readonly port: number | undefined
}

interface Member {
  readonly client: SmbClient
  readonly ready: Promise<unknown>
  held: number
}

/** A few long-lived clients of one share. They start when they are needed, end when nobody has needed them for a minute, and keep no process alive. */
export class SmbPool {
  readonly #options: SmbPoolOptions
  readonly #clients: Member[] = []
  #idle: NodeJS.Timeout | undefined

  constructor(options: SmbPoolOptions) {
    this.#options = options
  }

  /** A client for calls that belong together; it goes back with `release`. Errors: as `call` of a client. */
  async borrow(): Promise<{ readonly client: SmbClient; release(): void }> {
    clearTimeout(this.#idle)
    let member = this.#clients.find(({ held }) => held === 0)
    if (member === undefined && this.#clients.length < CLIENTS_MAX) member = this.#start()
    member ??= this.#clients.reduce((least, one) => (one.held < least.held ? one : least))
    const taken = member
    taken.held++
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      taken.held--
      if (this.#clients.every(({ held }) => held === 0)) this.#idle = setTimeout(() => this.end(), IDLE_MS).unref()
    }
    try {
      await taken.ready
    } catch (thrown) {
      release()
      taken.client.end()
      throw thrown
    }
    return { client: taken.client, release }
  }

  /** One call; once more by a new client when the connection was lost since the last one. */
  async call<Name extends SmbCallName>(
    name: Name,
    takes: SmbCalls[Name]['takes'],
    signal?: AbortSignal,
  ): Promise<SmbCalls[Name]['gives']> {
    return await this.again(async (client) => await client.call(name, takes, signal))
  }

  /** The same for calls that belong together. */
  async again<Value>(act: (client: SmbClient) => Promise<Value>): Promise<Value> {
    try {
      return await this.#once(act)
    } catch (thrown) {
      if (!mayBeBroken(errnoOf(thrown))) throw thrown
      return await this.#once(act)
    }
  }

  end(): void {
    for (const { client } of [...this.#clients]) client.end()
  }

  async #once<Value>(act: (client: SmbClient) => Promise<Value>): Promise<Value> {
    const { client, release } = await this.borrow()
    try {
      return await act(client)
    } catch (thrown) {
      if (mayBeBroken(errnoOf(thrown))) client.end()
      throw thrown
    } finally {
      release()
    }
  }

  #start(): Member {
    const client = new SmbClient(() => {
      const at = this.#clients.findIndex((one) => one.client === client)
      if (at >= 0) this.#clients.splice(at, 1)
    })
    const { login, port } = this.#options
    const ready = login().then((known) => client.call('login', { login: known, port }))
    ready.catch(() => undefined)
    const member = { client, ready, held: 0 }
    this.#clients.push(member)
    return member
  }
}
