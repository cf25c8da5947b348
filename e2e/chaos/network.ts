import net from 'node:net'

/** How an agent is cut off: refused at once, nothing passes either way, or its requests arrive and no answer comes back. */
export type Partition = 'cut' | 'silent' | 'deaf'

interface Line {
  readonly agent: net.Socket
  readonly tenant: net.Socket
}

interface Call {
  readonly openedAtMs: number
  closedAtMs: number
}

/** The network between one agent and the tenant: a TCP relay on loopback that can be parted and healed. */
export class Network {
  readonly #tenantPort: number
  readonly #now: () => number
  /** A silence longer than this has ended every connection on its way, as middleboxes and retransmission limits do. */
  readonly #patienceMs: number
  readonly #lines = new Set<Line>()
  readonly #waiting = new Set<net.Socket>()
  /** By the port that the tenant sees; the machine gives ports out again. */
  readonly #calls = new Map<number, Call[]>()
  readonly #server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
  #partition: Partition | undefined
  #partedAtMs = 0

  /** `now` is the world's time. */
  constructor(options: { readonly tenantPort: number; readonly now: () => number; readonly patienceMs: number }) {
    this.#tenantPort = options.tenantPort
    this.#now = options.now
    this.#patienceMs = options.patienceMs
  }

  /** Resolves with the port that stands for the tenant's. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        if (typeof address === 'object' && address !== null) resolve(address.port)
      })
    })
  }

  part(partition: Partition): void {
    this.#partition = partition
    this.#partedAtMs = this.#now()
    for (const line of this.#lines) {
      if (partition === 'cut') this.#reset(line)
      else line.tenant.pause()
      if (partition === 'silent') line.agent.pause()
    }
  }

  heal(): void {
    const isLong = this.#now() - this.#partedAtMs > this.#patienceMs
    const isParted = this.#partition !== undefined
    this.#partition = undefined
    if (!isParted) return
    for (const socket of this.#waiting) socket.resetAndDestroy()
    for (const line of this.#lines) {
      if (isLong) this.#reset(line)
      else {
        line.agent.resume()
        line.tenant.resume()
      }
    }
  }

  /** Whether a request that the tenant noted came from here. */
  sent(request: { readonly peerPort: number; readonly timeMs: number }): boolean {
    const calls = this.#calls.get(request.peerPort) ?? []
    return calls.some(({ openedAtMs, closedAtMs }) => openedAtMs <= request.timeMs && request.timeMs <= closedAtMs)
  }

  async close(): Promise<void> {
    this.heal()
    for (const line of this.#lines) this.#reset(line)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(agent: net.Socket): void {
    agent.on('error', () => agent.destroy())
    if (this.#partition === 'cut') return void agent.resetAndDestroy()
    if (this.#partition === 'silent') {
      this.#waiting.add(agent)
      agent.once('close', () => this.#waiting.delete(agent))
      agent.pause()
      return
    }
    const tenant = net.connect({ port: this.#tenantPort, host: '127.0.0.1', noDelay: true })
    const line = { agent, tenant }
    this.#lines.add(line)
    let call: Call | undefined
    tenant.once('connect', () => {
      const port = tenant.localPort ?? 0
      call = { openedAtMs: this.#now(), closedAtMs: Number.POSITIVE_INFINITY }
      this.#calls.set(port, [...(this.#calls.get(port) ?? []), call])
    })
    tenant.once('close', () => {
      if (call) call.closedAtMs = this.#now()
    })
    relay(agent, tenant, () => this.#partition === 'silent')
    relay(tenant, agent, () => this.#partition !== undefined)
    if (this.#partition === 'deaf') tenant.pause()
    for (const socket of [agent, tenant]) {
      socket.on('error', () => this.#reset(line))
      socket.once('close', () => {
        this.#lines.delete(line)
        agent.destroy()
        tenant.destroy()
      })
    }
  }

  #reset(line: Line): void {
    this.#lines.delete(line)
    line.agent.resetAndDestroy()
    line.tenant.resetAndDestroy()
  }
}

function relay(from: net.Socket, to: net.Socket, isHeld: () => boolean): void {
  from.on('data', (bytes: Buffer) => {
    if (!to.write(bytes)) from.pause()
  })
  to.on('drain', () => {
    if (!isHeld()) from.resume()
  })
  from.on('end', () => to.end())
}
