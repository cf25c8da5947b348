import { RETRY_AFTER_BELIEVED_MAX_MS } from '../../../shared/limits.ts'
import { SECOND_MS } from '../../../shared/units.ts'

/**
 * The wait that a `Retry-After` header asks for, in milliseconds from the receipt of the answer, rounded up and never shortened. Seconds may
 * be fractional; an HTTP date counts from the server's own `Date` header, so that a wrong local clock does no harm, and from `nowMs` when
 * there is none. `undefined` = no usable header: back off as usual. [throttle]
 */
export function parseRetryAfter(
  header: string | undefined,
  options: { readonly dateHeader: string | undefined; readonly nowMs: number },
): number | undefined {
  const text = header?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d{1,15}(?:\.\d{1,15})?$/.test(text)) return believable(Math.ceil(Number(text) * SECOND_MS))
  const untilMs = parseHttpDate(text)
  if (untilMs === undefined) return undefined
  const serverNowMs = options.dateHeader === undefined ? undefined : parseHttpDate(options.dateHeader.trim())
  return believable(Math.max(0, untilMs - (serverNowMs ?? options.nowMs)))
}

const believable = (delayMs: number): number | undefined => (delayMs <= RETRY_AFTER_BELIEVED_MAX_MS ? delayMs : undefined)

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** `Sun, 06 Nov 1994 08:49:37 GMT`, and with dashes or a long weekday as RFC 850 wrote it. */
const FIXDATE = /^[a-z]+, (\d{1,2})[ -]([a-z]{3})[ -](\d{4}|\d{2}) (\d{2}):(\d{2}):(\d{2}) (?:gmt|utc)$/i
/** `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = /^[a-z]{3} ([a-z]{3}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/i

/** The three forms of HTTP dates, always UTC; undefined for anything else. Two-digit years are of this century. [rfc9110] */
export function parseHttpDate(text: string): number | undefined {
  const fix = FIXDATE.exec(text)
  if (fix) return utc(fix[3], fix[2], fix[1], [fix[4], fix[5], fix[6]])
  const asc = ASCTIME.exec(text)
  return asc ? utc(asc[6], asc[1], asc[2], [asc[3], asc[4], asc[5]]) : undefined
}

type Digits = string | undefined

function utc(year: Digits, monthName: Digits, day: Digits, time: readonly Digits[]): number | undefined {
  const month = MONTHS.indexOf((monthName ?? '').toLowerCase())
  const fullYear = Number(year) + (year?.length === 2 ? 2000 : 0)
  const [hour = Number.NaN, minute = Number.NaN, second = Number.NaN] = time.map(Number)
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const valueMs = Date.UTC(fullYear, month, Number(day), hour, minute, second)
  return new Date(valueMs).getUTCDate() === Number(day) || second === 60 ? valueMs : undefined
}
