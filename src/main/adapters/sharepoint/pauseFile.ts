import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Clock, Logger } from '../../engine/ports/runtime.ts'
import { makeFolder } from '../folders/makeFolder.ts'

const pauseSchema = z.object({ toldAtMs: z.number(), untilMs: z.number() })

/** The wait that the service asked of this install, kept where the next process finds it: being killed is no way around a Retry-After. */
export interface PauseMemory {
  /** When the wait ends that an earlier process was told; undefined when there is none. */
  untilMs(): number | undefined
  /** Durable against the end of this process when it returns. A longer wait that is known already stays. Never throws. */
  remember(untilMs: number): void
}

/** In one small file per tenant and application; its folder is made when it is needed. */
export function createPauseFile(deps: { readonly file: string; readonly clock: Clock; readonly logger: Logger }): PauseMemory {
  const { file, clock, logger } = deps

  function known(): number | undefined {
    const pause = readPause(file)
    if (pause === undefined) return undefined
    const nowMs = clock.now()
    // A clock that was put back must not make the wait longer than it was told.
    const untilMs = Math.min(pause.untilMs, nowMs + pause.untilMs - pause.toldAtMs)
    return untilMs > nowMs ? untilMs : undefined
  }

  return {
    untilMs: known,
    remember(untilMs) {
      try {
        if (untilMs <= (known() ?? 0)) return
        makeFolder(path.dirname(file), { mode: 0o700 })
        const unfinished = `${file}.${process.pid}.unfinished`
        fs.writeFileSync(unfinished, JSON.stringify({ toldAtMs: clock.now(), untilMs }), { mode: 0o600 })
        fs.renameSync(unfinished, file)
      } catch (thrown) {
        logger.log('warn', 'pause.notKept', { file, message: thrown instanceof Error ? thrown.message : String(thrown) })
      }
    },
  }
}

/** undefined as well for a file that something else has damaged: there is nothing to learn from it. */
function readPause(file: string): z.infer<typeof pauseSchema> | undefined {
  try {
    return pauseSchema.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}
