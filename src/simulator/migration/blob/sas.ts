import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long the address of a provided container is good [D.2]. */
export const CONTAINER_SAS_MS = 3 * 24 * 3_600_000
const VERSION = '2018-03-28'

export interface ContainerSas {
  readonly account: string
  /** Base64. */
  readonly accountKey: string
  readonly container: string
}

/** Query of a container's address: read and write, no list, https only, three days [D.2]. */
export function issueSas(target: ContainerSas, nowMs: number): URLSearchParams {
  const query = new URLSearchParams({
    sv: VERSION,
    sr: 'c',
    st: sasTime(nowMs - 15 * 60_000),
    se: sasTime(nowMs + CONTAINER_SAS_MS),
    sp: 'rw',
    spr: 'https',
  })
  query.set('sig', signatureOf(target, query))
  return query
}

export type SasVerdict =
  | { readonly isGood: true; readonly permissions: string }
  | { readonly isGood: false; readonly reason: 'missing' | 'malformed' | 'signature' | 'early' | 'expired' }

/** Checks signature and time. Only what `issueSas` signs is known here. */
export function checkSas(target: ContainerSas, query: URLSearchParams, nowMs: number): SasVerdict {
  const given = query.get('sig')
  if (given === null) return { isGood: false, reason: 'missing' }
  const startMs = Date.parse(query.get('st') ?? '')
  const endMs = Date.parse(query.get('se') ?? '')
  if (query.get('sv') !== VERSION || query.get('sr') !== 'c' || Number.isNaN(startMs) || Number.isNaN(endMs))
    return { isGood: false, reason: 'malformed' }
  const expected = Buffer.from(signatureOf(target, query), 'utf8')
  const actual = Buffer.from(given, 'utf8')
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return { isGood: false, reason: 'signature' }
  if (nowMs < startMs) return { isGood: false, reason: 'early' }
  if (nowMs >= endMs) return { isGood: false, reason: 'expired' }
  return { isGood: true, permissions: query.get('sp') ?? '' }
}

function signatureOf({ account, accountKey, container }: ContainerSas, query: URLSearchParams): string {
  const part = (name: string) => query.get(name) ?? ''
  const text = [
    part('sp'),
    part('st'),
    part('se'),
    `/blob/${account}/${container}`,
    part('si'),
    part('sip'),
    part('spr'),
    part('sv'),
    part('rscc'),
    part('rscd'),
    part('rsce'),
    part('rscl'),
    part('rsct'),
  ].join('\n')
  return createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text, 'utf8').digest('base64')
}

function sasTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
