import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import promises from 'node:timers/promises'
import { promisify } from 'node:util'
import { worldClockSchema, worldTime } from './worldTime.ts'

/**
 * Preload (`node --import`): the process lives in a world whose time passes faster, with a clock that may be wrong. Every process of a run
 * has the same origin and rate, so leases, waits and expiries keep their proportions and the product's own limits stay as they are.
 */
const world = worldClockSchema.parse(JSON.parse(process.env.PORTAGE_WORLD_CLOCK ?? ''))
const { rate } = world
const RealDate = Date
const realNow = RealDate.now.bind(RealDate)
const now = () => worldTime(world, realNow())

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
})

const realElapsed = performance.now.bind(performance)
if (world.isElapsedFast) performance.now = () => realElapsed() * rate

const scaled = (ms: number | undefined) => (ms === undefined ? undefined : ms / rate)
const real = { timeout: timers.setTimeout, interval: timers.setInterval, sleep: promises.setTimeout, ticks: promises.setInterval }
const realAbort = AbortSignal.timeout.bind(AbortSignal)
AbortSignal.timeout = (ms) => realAbort(ms / rate)

const fast = {
  setTimeout: Object.assign(
    (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => real.timeout(act, scaled(ms), ...args),
    { [promisify.custom]: (ms?: number, value?: unknown, options?: object) => real.sleep(scaled(ms), value, options) },
  ),
  setInterval: (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => real.interval(act, scaled(ms), ...args),
}
Object.assign(timers, fast)
Object.assign(globalThis, fast)
Object.assign(promises, {
  setTimeout: (ms?: number, value?: unknown, options?: object) => real.sleep(scaled(ms), value, options),
  setInterval: (ms?: number, value?: unknown, options?: object) => real.ticks(scaled(ms), value, options),
})
syncBuiltinESMExports()
