import type { AgentView } from '../../shared/contract/views.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { asMigrationError, type MigrationError, toWire } from '../../shared/errors.ts'
import { MINUTE_MS, SECOND_MS } from '../../shared/units.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Clock, Logger } from '../engine/ports/runtime.ts'
import type { Host } from './createHost.ts'

const FIRST_PAUSE_MS = 5 * SECOND_MS
const LONGEST_PAUSE_MS = MINUTE_MS

/** Works on tasks until one of the signals; returns or throws when it cannot go on. */
export type RunAgentLoop = (
  host: Host,
  options: {
    readonly drain: AbortSignal
    readonly drop: AbortSignal
    readonly nudged: () => AbortSignal
    readonly onOutage: (error: MigrationError | undefined) => void
    readonly onProgress: (record: TaskRecord, progress: TaskProgress) => void
  },
) => Promise<unknown>

/**
 * This install as a worker, for as long as its person wants it: an agent that loses the network comes back by itself, and says meanwhile
 * what is wrong. Only what needs a person (sign-in, permission) stops it.
 */
export interface AgentKeeper {
  readonly view: AgentView
  start(host: Host): void
  /** Shown at once; the agent calls itself so from its next start on. */
  rename(name: string): void
  /** The list has moved: an idle agent looks at once. */
  nudge(): void
  /** Finishes the files in flight; resolves when nothing runs any more. */
  stop(): Promise<void>
  /** Stops now; resolves when nothing runs any more. */
  drop(): Promise<void>
}

export function createAgentKeeper(deps: {
  readonly identity: Pick<AgentView, 'id' | 'name'>
  readonly clock: Clock
  readonly logger: Logger
  readonly run: RunAgentLoop
  readonly onChange: (view: AgentView) => void
  readonly onProgress: (record: TaskRecord, progress: TaskProgress) => void
}): AgentKeeper {
  let { identity } = deps
  let view: AgentView = { ...identity, state: 'stopped' }
  let current: { readonly drain: AbortController; readonly drop: AbortController; readonly ended: Promise<void> } | undefined

  let nudged = new AbortController()

  function show(change: Pick<AgentView, 'state'> & Partial<AgentView>): void {
    view = { ...identity, ...change }
    deps.onChange(view)
  }

  async function keep(host: Host, drain: AbortSignal, drop: AbortSignal): Promise<MigrationError | undefined> {
    const stopped = AbortSignal.any([drain, drop])
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await deps.run(host, {
          drain,
          drop,
          nudged: () => nudged.signal,
          onOutage(error) {
            if (!stopped.aborted) show({ state: 'running', ...(error ? { error: toWire(error) } : {}) })
          },
          onProgress(record, progress) {
            pauseMs = FIRST_PAUSE_MS
            const taskId = progress.stage === 'done' ? undefined : (record.task.part?.of ?? record.task.id)
            if (!stopped.aborted && view.taskId !== taskId)
              show({ state: 'running', ...(taskId === undefined ? {} : { taskId }) })
            deps.onProgress(record, progress)
          },
        })
        return undefined
      } catch (thrown) {
        if (stopped.aborted) return undefined
        const error = asMigrationError(thrown)
        deps.logger.log('warn', 'agent.failed', { error: error.code, message: error.message })
        if (needsPerson(error)) return error
        show({ state: 'running', error: toWire(error) })
        await deps.clock.sleep(pauseMs, stopped).catch(() => undefined)
        if (stopped.aborted) return undefined
        show({ state: 'running' })
      }
    }
  }

  async function end(how: 'drain' | 'drop'): Promise<void> {
    if (!current) return
    const { ended } = current
    if (view.state === 'running') show({ state: 'stopping', ...(view.taskId === undefined ? {} : { taskId: view.taskId }) })
    current[how].abort(how)
    await ended
  }

  return {
    get view() {
      return view
    },
    start(host) {
      if (current) return
      const drain = new AbortController()
      const drop = new AbortController()
      show({ state: 'running' })
      const ended = keep(host, drain.signal, drop.signal).then((error) => {
        current = undefined
        show({ state: 'stopped', ...(error ? { error: toWire(error) } : {}) })
      })
      current = { drain, drop, ended }
    },
    rename(name) {
      identity = { ...identity, name }
      view = { ...view, name }
      deps.onChange(view)
    },
    nudge() {
      nudged.abort()
      nudged = new AbortController()
    },
    stop: () => end('drain'),
    drop: () => end('drop'),
  }
}

function needsPerson(error: MigrationError): boolean {
  return error.code.startsWith('AUTH_') || error.code.startsWith('CRD_SITE') || error.code === 'DST_NO_ACCESS'
}
