import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'

export const worldClockSchema = z.object({
  /** Real time at which the world began; its time is the same there. */
  originMs: z.number(),
  /** So much faster than real time. */
  rate: z.number().positive(),
  /** How wrong the clock of this process is, in the world's time. */
  skewMs: z.number(),
  /** Whether `performance.now` runs fast as well. Not in the tenant, which judges with it how long bytes are under way. */
  isElapsedFast: z.boolean(),
})
export type WorldClock = z.infer<typeof worldClockSchema>

/** What the clock of a process shows. */
export function worldTime({ originMs, rate, skewMs }: WorldClock, realMs: number): number {
  return Math.floor(originMs + (realMs - originMs) * rate + skewMs)
}

/** Environment of a process that lives in this world. */
export function worldEnvironment(clock: WorldClock): Readonly<Record<string, string>> {
  const preload = pathToFileURL(fileURLToPath(new URL('./worldClock.ts', import.meta.url))).href
  return { PORTAGE_WORLD_CLOCK: JSON.stringify(clock), NODE_OPTIONS: `--import=${preload}` }
}
