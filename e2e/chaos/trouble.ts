import type { AgentProcess } from './agentProcess.ts'
import type { Partition } from './network.ts'

/** 5 % of the requests that carry the migration fail, in every way that a client must survive. */
const HOSTS = ['graph.microsoft.com', '*.sharepoint.com']
const FAULTS = [
  { probability: 0.015, do: { action: 'status', status: 429, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.01, do: { action: 'status', status: 503, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.005, do: { action: 'status', status: 500 } },
  { probability: 0.01, do: { action: 'status', status: 500, moment: 'after' } },
  { probability: 0.005, do: { action: 'reset', moment: 'body' } },
  { probability: 0.005, do: { action: 'reset', moment: 'afterBody' } },
]

/** The fault file of a seed. */
export function faultsOf(seed: number): object {
  return {
    version: 1,
    seed,
    faults: HOSTS.flatMap((host) =>
      FAULTS.map(({ probability, do: action }, index) => ({
        name: `trouble ${index} ${host}`,
        when: { host, probability },
        do: action,
      })),
    ),
  }
}

export type Trouble = 'kill' | 'longKill' | 'suspend' | 'longSuspend' | 'partition' | 'longPartition'

/** Everything that can happen to an agent, with how often it does. Long ones outlast the lease. */
const CHANCES: readonly (readonly [Trouble, number])[] = [
  ['kill', 0.4],
  ['suspend', 0.2],
  ['partition', 0.2],
  ['longSuspend', 0.08],
  ['longPartition', 0.08],
  ['longKill', 0.04],
]
const PARTITIONS: readonly Partition[] = ['cut', 'silent', 'deaf']

export interface TroubleOptions {
  readonly random: () => number
  /** Real time that certainly outlasts a lease, and the longest of a short trouble. */
  readonly longMs: number
  readonly shortMs: number
}

/** What comes next: one long trouble of each kind first, then by chance. */
export function drawTrouble(index: number, random: () => number): Trouble {
  const opening = (['longSuspend', 'kill', 'longPartition', 'partition', 'suspend'] as const)[index]
  if (opening) return opening
  let at = random()
  for (const [trouble, chance] of CHANCES) {
    if (at < chance) return trouble
    at -= chance
  }
  return 'kill'
}

/** Does it to an agent; resolves when it is over. Nothing else may happen to the agent meanwhile. */
export async function makeTrouble(agent: AgentProcess, trouble: Trouble, options: TroubleOptions): Promise<void> {
  const { random, longMs, shortMs } = options
  const partition = PARTITIONS[Math.floor(random() * PARTITIONS.length)] ?? 'cut'
  const durationMs = trouble.startsWith('long') ? longMs * (1 + random() * 0.3) : shortMs * (0.1 + random() * 0.9)
  agent.isInTrouble = true
  try {
    if (trouble === 'kill') await agent.kill(0)
    else if (trouble === 'longKill') await agent.kill(durationMs)
    else if (trouble === 'suspend' || trouble === 'longSuspend') await agent.suspend(durationMs)
    else await agent.part(partition, durationMs)
  } finally {
    agent.isInTrouble = false
  }
}
