import fs from 'node:fs'
import path from 'node:path'
import type { Client } from '@microsoft/microsoft-graph-client'
import { z } from 'zod'
import { MINUTE_MS, SECOND_MS } from '../../src/shared/units.ts'
import { practiceToken } from '../../src/simulator/index.ts'
import { graphClient } from '../graphCopy.ts'
import { type Practice, startPractice, succeed } from '../practice.ts'
import { seeded } from '../sourceTree.ts'
import { AgentProcess } from './agentProcess.ts'
import { Network } from './network.ts'
import type { RequestRow } from './requestRows.ts'
import { faultsOf } from './trouble.ts'
import { worldEnvironment, worldTime } from './worldTime.ts'

/** Entra refuses certificate sign-ins of a clock that is more than five minutes wrong. */
const SKEW_MAX_MS = 4 * MINUTE_MS
const TOKEN_KEPT_MS = 20 * SECOND_MS
const connectionSchema = z.looseObject({
  network: z.looseObject({ map: z.array(z.looseObject({ host: z.string(), port: z.number() })) }),
})

/** A tenant, agents with a network and a clock each, and an install that adds the tasks: in a time of their own. */
export class World {
  readonly practice: Practice
  readonly agents: readonly AgentProcess[]
  readonly client: Client
  readonly rate: number
  /** For commands of people, whose clocks are right. */
  readonly environment: Readonly<Record<string, string>>
  readonly deskFolder: string

  private constructor(parts: Pick<World, 'practice' | 'agents' | 'rate' | 'environment' | 'deskFolder'>) {
    this.practice = parts.practice
    this.agents = parts.agents
    this.rate = parts.rate
    this.environment = parts.environment
    this.deskFolder = parts.deskFolder
    this.client = graphClient({
      port: this.practice.port,
      ca: fs.readFileSync(this.practice.caFile, 'utf8'),
      token: tokenSource(this.practice.dataDir),
    })
  }

  static async start(options: {
    readonly workspace: string
    readonly seed: number
    readonly agents: number
    /** So much faster than real time. */
    readonly rate: number
  }): Promise<World> {
    const { workspace, seed, rate } = options
    fs.mkdirSync(workspace, { recursive: true })
    const random = seeded(seed + 13)
    const clock = { originMs: Date.now(), rate, skewMs: 0, isElapsedFast: true }
    const faults = path.join(workspace, 'faults.json')
    fs.writeFileSync(faults, JSON.stringify(faultsOf(seed)))
    const practice = await startPractice(
      path.join(workspace, 'tenant'),
      ['--faults', faults, '--licenses', '60000', '--seed', String(seed)],
      worldEnvironment({ ...clock, isElapsedFast: false }),
    )
    const agents: AgentProcess[] = []
    const environment = worldEnvironment(clock)
    const deskFolder = path.join(workspace, 'desk')
    const world = new World({ practice, agents, rate, environment, deskFolder })
    try {
      await succeed(['connect', '--connection', practice.connectionFile, '--work-dir', deskFolder], environment)
      const machines = Array.from({ length: options.agents }, (_, index) => `agent-${index + 1}`)
      await Promise.all(
        machines.map(async (name) => {
          const network = new Network({
            tenantPort: practice.port,
            now: () => worldTime(clock, Date.now()),
            patienceMs: MINUTE_MS,
          })
          const workFolder = path.join(workspace, name)
          const file = connectionThrough(practice.connectionFile, { from: practice.port, to: await network.listen() }, workFolder)
          await succeed(['connect', '--connection', file, '--work-dir', workFolder], environment)
          const skewed = () => worldEnvironment({ ...clock, skewMs: Math.round((random() * 2 - 1) * SKEW_MAX_MS) })
          agents.push(new AgentProcess({ name, workFolder, places: 2, network, environment: skewed }))
        }),
      )
      // By name, whoever was connected first: the same seed meets the same agents.
      agents.sort((a, b) => a.name.localeCompare(b.name))
      return world
    } catch (error) {
      await world.end()
      throw error
    }
  }

  agentOf(row: RequestRow): string | undefined {
    const { peerPort, timeMs } = row
    if (peerPort === undefined) return undefined
    return this.agents.find(({ network }) => network.sent({ peerPort, timeMs }))?.name
  }

  /** When a request had been answered, by the tenant's clock. The tenant measures durations in real time. */
  endedMs({ timeMs, durationMs }: RequestRow): number {
    return timeMs + durationMs * this.rate
  }

  async stopAgents(): Promise<void> {
    for (const agent of this.agents) await agent.stop()
    for (const { network } of this.agents) await network.close()
  }

  async end(): Promise<void> {
    await this.stopAgents()
    await this.practice.stop()
  }
}

/** The connection file with every host behind another port. */
function connectionThrough(file: string, port: { readonly from: number; readonly to: number }, workFolder: string): string {
  const connection = connectionSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  const map = connection.network.map.map((place) => (place.port === port.from ? { ...place, port: port.to } : place))
  const copy = path.join(path.dirname(file), `connection-${path.basename(workFolder)}.json`)
  fs.writeFileSync(copy, JSON.stringify({ ...connection, network: { ...connection.network, map } }))
  return copy
}

function tokenSource(dataDir: string): () => Promise<string> {
  let kept: { readonly token: string; readonly atMs: number } | undefined
  return async () => {
    if (kept && Date.now() - kept.atMs < TOKEN_KEPT_MS) return kept.token
    const { access_token: token } = await practiceToken({ dataDir })
    kept = { token, atMs: Date.now() }
    return token
  }
}
