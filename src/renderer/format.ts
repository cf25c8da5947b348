import { GIB, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS, TIB } from '../shared/units.ts'

const UNITS = [
  ['TB', TIB],
  ['GB', GIB],
  ['MB', MIB],
  ['KB', KIB],
] as const

/** `1.5 GB`, as Windows and the admin centre write sizes: binary multiples, short names. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of UNITS) if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`
  return `${Math.round(bytes)} B`
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

export function formatCount(count: number): string {
  return count.toLocaleString()
}

/** `1 task`, `1,200 tasks`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `about 2 h 05 min`: an estimate never pretends to know seconds. */
export function formatTimeLeft(durationMs: number): string {
  if (durationMs >= HOUR_MS) {
    const minutes = Math.floor((durationMs % HOUR_MS) / MINUTE_MS)
    return `about ${Math.floor(durationMs / HOUR_MS)} h ${String(minutes).padStart(2, '0')} min`
  }
  if (durationMs >= 2 * MINUTE_MS) return `about ${Math.round(durationMs / MINUTE_MS)} min`
  return durationMs >= 10 * SECOND_MS ? `about ${Math.ceil(durationMs / (10 * SECOND_MS)) * 10} s` : 'a few seconds'
}

/** In the person's own time zone; today without the date. */
export function formatMoment(iso: string, now = new Date()): string {
  const moment = new Date(iso)
  if (Number.isNaN(moment.getTime())) return ''
  const time = moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  return moment.toDateString() === now.toDateString() ? time : `${moment.toLocaleDateString()} ${time}`
}

export function formatPercent(fraction: number): string {
  // 99.6 % is not done: never round up to 100.
  return `${fraction >= 1 ? 100 : Math.floor(fraction * 100)} %`
}

/** `1 h 05 min`, `12 s`: a time that was measured. */
export function formatDuration(durationMs: number): string {
  if (durationMs >= HOUR_MS)
    return `${Math.floor(durationMs / HOUR_MS)} h ${String(Math.floor((durationMs % HOUR_MS) / MINUTE_MS)).padStart(2, '0')} min`
  if (durationMs >= MINUTE_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`
  return `${Math.max(1, Math.round(durationMs / SECOND_MS))} s`
}

/** `12 to 20 min`, `1 h 05 min to 3 h 10 min`: an estimate says how unsure it is. */
export function formatTimeRange(fromMs: number, toMs: number): string {
  const [from, to] = [fromMs, toMs].map((ms) => formatTimeLeft(ms).replace(/^about /, ''))
  if (from === undefined || to === undefined || from === to) return formatTimeLeft(toMs)
  const unit = / (min|s)$/.exec(to)?.[1]
  const isSameUnit = unit !== undefined && /^\d+ \w+$/.test(from) && /^\d+ \w+$/.test(to) && from.endsWith(` ${unit}`)
  return `${isSameUnit ? from.slice(0, -unit.length - 1) : from} to ${to}`
}
