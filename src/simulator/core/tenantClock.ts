import type { Clock } from './clock.ts'

/** Longest sleep between two looks at tenant time; `advance` does not wait for it. */
const LONGEST_TIMER_MS = 60_000

interface Appointment {
  readonly atMs: number
  readonly work: () => void
}

export interface ClockOptions {
  /** Added to the machine's time; a restarted tenant goes on from where it was. */
  readonly offsetMs?: number
  /** Time stands still at this instant and moves by `advance` alone. For tests. */
  readonly frozenAtMs?: number
}

export interface TenantClock extends Clock {
  /** What has to be kept for a restart. */
  offsetMs(): number
}

/** Tenant time: the machine's time plus what `advance` has added. Due work runs in the order of its time, during `advance` or by timer. */
export function createClock(options: ClockOptions = {}): TenantClock {
  let offsetMs = options.offsetMs ?? 0
  let timer: NodeJS.Timeout | undefined
  const { frozenAtMs } = options
  const appointments: Appointment[] = []

  const now = () => (frozenAtMs ?? Date.now()) + offsetMs

  function runDue(): void {
    while (appointments[0] !== undefined && appointments[0].atMs <= now()) appointments.shift()?.work()
    arm()
  }

  function arm(): void {
    clearTimeout(timer)
    timer = undefined
    const next = appointments[0]
    if (next === undefined || frozenAtMs !== undefined) return
    timer = setTimeout(runDue, Math.min(Math.max(next.atMs - now(), 1), LONGEST_TIMER_MS))
    timer.unref()
  }

  return {
    now,
    offsetMs: () => offsetMs,
    advance(ms) {
      const target = now() + ms
      // Each appointment sees its own time, so that what it schedules in turn lands where it would have without the jump.
      for (let next = appointments[0]; next !== undefined && next.atMs <= target; next = appointments[0]) {
        offsetMs += Math.max(0, next.atMs - now())
        appointments.shift()
        next.work()
      }
      offsetMs += Math.max(0, target - now())
      arm()
    },
    schedule(atMs, work) {
      const appointment: Appointment = { atMs, work }
      const at = appointments.findIndex((other) => other.atMs > atMs)
      appointments.splice(at === -1 ? appointments.length : at, 0, appointment)
      arm()
      return () => {
        const found = appointments.indexOf(appointment)
        if (found !== -1) appointments.splice(found, 1)
      }
    },
    close() {
      clearTimeout(timer)
      appointments.length = 0
    },
  }
}
