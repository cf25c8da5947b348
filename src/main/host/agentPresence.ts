import fs from 'node:fs'
import os from 'node:os'
import type { AgentTerms } from '../../shared/domain/agent.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../shared/errors.ts'
import { OUTAGE_FIRST_WAIT_MS } from '../../shared/limits.ts'
import { GIB } from '../../shared/units.ts'
import { type AgentFacts, Membership } from '../engine/coordinate/membership.ts'
import { SharedPause } from '../engine/coordinate/sharedPause.ts'
import { settlePiece } from '../engine/coordinate/tendParts.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { TransferGate } from '../engine/schedule/transferGate.ts'
import { createBudgetShare } from './budgetShare.ts'
import type { Host } from './createHost.ts'
import { createProjectRules } from './projectRules.ts'
import { noteRoundEnd } from './taskParts.ts'
import type { AgentIdentity } from './workFolder.ts'

const VERSION = '0.1.0'
const SOURCE_PROBLEMS_MAX = 20
const PLACES_DEFAULT_MAX = 4

/** This agent as the rest of the fleet sees it, for as long as it runs. */
export interface AgentPresence {
  /** Holds bytes back as the project's rules want it, and all of them when this agent cannot prove that its tasks are still its own. */
  readonly gate: TransferGate
  readonly member: Membership
  /** What people have decided about it, as of the last heartbeat. */
  terms(): AgentTerms
  begins(record: TaskRecord): void
  /** `error`: what stopped the round. */
  ends(record: TaskRecord, error: MigrationError | undefined): void
  /** Its last word; never rejects. */
  leave(): Promise<void>
}

export interface PresenceOptions {
  readonly identity: AgentIdentity
  /** Asked for on the command line; what people decided before stays where it is absent. */
  readonly group?: string | undefined
  readonly name?: string | undefined
  readonly places?: number | undefined
  /** A service that was never reached is waited for, unless the run is to end by itself. */
  readonly once: boolean
  /** Ends the wait for a service that is away. */
  readonly drain: AbortSignal
  readonly stop: AbortSignal
  readonly onOutage?: ((error: MigrationError | undefined) => void) | undefined
  /** It may not go on: another process took its identity. */
  readonly onReplaced: (error: MigrationError) => void
}

/** Registers the agent, keeps its heartbeat, and obeys the settings of the project. Errors: what the service answers to the first word. */
export async function joinFleet(host: Host, options: PresenceOptions): Promise<AgentPresence> {
  const { clock, logger, random, workFolder } = host.environment
  const { service, fleet, audit } = host
  const { identity } = options
  const ending = new AbortController()
  const stop = AbortSignal.any([options.stop, ending.signal])
  const running = new Map<string, { readonly taskId: TaskRecord['task']['id']; readonly name: string }>()
  const pause = new SharedPause()
  const share = createBudgetShare({
    agentId: identity.id,
    service,
    serverNow: () => service.coordination.serverNow(),
    clock,
    logger,
    isWorking: () => running.size > 0,
  })
  let problems: AgentFacts['sourceProblems'] = []

  const member: Membership = new Membership({
    agentId: identity.id,
    agents: service.agents,
    lists: [service.coordination, service.shards],
    settle: (row, signal) =>
      settlePiece({ tasks: service.coordination, parts: service.shards, onEnd: noteRoundEnd(host, identity) }, row, signal),
    serverNow: () => service.coordination.serverNow(),
    clock,
    elapsedMs: () => performance.now(),
    random,
    logger,
    terms: { name: identity.name, group: options.group ?? 'Default', isEnabled: true },
    describe,
    onRoster(rows) {
      const delayMs = pause.hear(rows, identity.id, service.coordination.serverNow())
      if (delayMs > 0) service.holdBack(delayMs)
      share.hear(rows)
    },
    onLost: (error) => logger.log('warn', 'agent.lost', { error: error.code }),
  })
  const rules = createProjectRules({
    agentId: identity.id,
    settings: (signal) => fleet.settings(signal),
    roster: () => member.roster,
    spentUnits: () => service.spentUnits(),
    serverNow: () => service.coordination.serverNow(),
    clock,
    logger,
  })

  function describe(): AgentFacts {
    const { pausedUntilMs } = service.throttleSnapshot()
    const serverNowMs = service.coordination.serverNow()
    const pausedUntil = pause.tell(pausedUntilMs === undefined ? undefined : pausedUntilMs - clock.now() + serverNowMs)
    const head = audit.head()
    const { unitsPerMinute, ...budget } = share.tell()
    return {
      version: VERSION,
      machine: `${os.type()} ${os.release()}, ${os.availableParallelism()} cores, ${(os.totalmem() / GIB).toFixed(1)} GB`,
      ...freeDisk(workFolder.path),
      places: placesOf(member.terms),
      running: [...running.values()],
      spent: rules.spentToday(),
      pace: { unitsPerMinute, bytesPerHour: rules.bytesPerHour() },
      ...budget,
      ...(pausedUntil === undefined ? {} : { pausedUntil }),
      sourceProblems: [...problems],
      ...(head ? { auditHead: { seq: head.seq, hash: head.hash } } : {}),
    }
  }

  await firstWord()
  rules.goOnFrom(member.roster.find(({ key }) => key === identity.id)?.value.beat?.spent)
  const asked = {
    ...(options.group !== undefined && options.group !== member.terms.group ? { group: options.group } : {}),
    ...(options.name !== undefined && options.name !== member.terms.name ? { name: options.name } : {}),
    ...(options.places !== undefined && options.places !== member.terms.places ? { places: options.places } : {}),
  }
  if (Object.keys(asked).length > 0) {
    await fleet.changeTerms(identity.id, { terms: asked, action: 'agent.changed' }, stop)
  }
  // The first word was said before the terms were known.
  if (Object.keys(asked).length > 0 || member.terms.places !== undefined) await member.beat(stop)
  await rules.refresh(stop)
  // Tasks of agents that died while nobody was there are found at once.
  await member.look(stop)
  const kept = Promise.all([
    member.keep(stop).catch((thrown: unknown) => {
      if (!stop.aborted) options.onReplaced(asMigrationError(thrown))
    }),
    rules.keep(stop),
    share.keep(stop),
  ])

  async function firstWord(): Promise<void> {
    for (let wasAway = false; ; wasAway = true) {
      try {
        await member.join(stop)
        if (wasAway) options.onOutage?.(undefined)
        return
      } catch (thrown) {
        const error = asMigrationError(thrown)
        if (stop.aborted || options.once || !isPassingOutage(error)) throw thrown
        options.onOutage?.(error)
        await clock.sleep(OUTAGE_FIRST_WAIT_MS, AbortSignal.any([options.drain, stop])).catch(() => {
          throw error
        })
      }
    }
  }

  return {
    gate: fenced(rules.gate, member),
    member,
    terms: () => member.terms,
    begins({ task }) {
      running.set(task.id, { taskId: task.id, name: task.name })
    },
    ends({ task }, error) {
      running.delete(task.id)
      const { path } = task.source
      const others = problems.filter((problem) => problem.path !== path)
      const isOfSource = error?.code === 'SRC_NO_ACCESS' || error?.code === 'SRC_NOT_FOUND'
      problems = isOfSource ? [{ path, message: error.message }, ...others].slice(0, SOURCE_PROBLEMS_MAX) : others
    },
    async leave() {
      ending.abort('left')
      await kept
      await member.leave(AbortSignal.timeout(10_000)).catch((thrown: unknown) => {
        logger.log('warn', 'agent.leftSilently', { error: asMigrationError(thrown).code })
      })
    },
  }
}

/**
 * Tasks that this machine works on at once unless a person says otherwise: reading, hashing and sealing one of them take a core, and the
 * streams of one take up to 300 MB of memory.
 */
export function placesOf(terms: AgentTerms): number {
  const byCores = Math.floor(os.availableParallelism() / 2)
  const byMemory = Math.floor(os.totalmem() / (2 * GIB))
  return terms.places ?? Math.max(1, Math.min(PLACES_DEFAULT_MAX, byCores, byMemory))
}

/** Why nothing of a task may leave any more. */
export function leaseLost(): MigrationError {
  return new MigrationError('CRD_LEASE_LOST', 'This agent was out of touch for too long; others may go on with its tasks.', {
    remedy: { kind: 'stopTask' },
  })
}

/** A computer that slept wakes in the middle of things: what it was about to send may be somebody else's by now. */
function fenced(gate: TransferGate, member: Membership): TransferGate {
  return {
    async pass(byteCount, options) {
      await gate.pass(byteCount, options)
      if (member.isProven()) return
      throw leaseLost()
    },
  }
}

function freeDisk(folder: string): { readonly freeDiskBytes?: number } {
  try {
    const { bavail, bsize } = fs.statfsSync(folder)
    return { freeDiskBytes: bavail * bsize }
  } catch {
    return {}
  }
}
