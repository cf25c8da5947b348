import type { Tenant } from '../core/tenant.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { permissionsOf } from './siteAccess.ts'

const EARLIEST_MS = Date.UTC(1900, 0, 1)
const LATEST_MS = Date.UTC(8900, 11, 31)
const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/**
 * A date as `ValidateUpdateListItem` reads it: ISO 8601, or the way the site's language writes it. 03/04/2020 is the fourth of March on an
 * English site [D.5]. Undefined when it is no date.
 */
export function readSiteDate(text: string, language: number): number | undefined {
  const ms = ISO.test(text)
    ? Date.parse(/T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`)
    : localDate(text, language)
  return ms === undefined || Number.isNaN(ms) || ms < EARLIEST_MS || ms > LATEST_MS ? undefined : ms
}

function localDate(text: string, language: number): number | undefined {
  const pattern =
    language === 1031
      ? /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}):(\d{2}))?$/
      : /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2}) ([AP]M))?$/i
  const found = pattern.exec(text.trim())
  if (found === null) return undefined
  const [first, second, year, hour = 0, minute = 0] = found.slice(1, 6).map((part) => Number(part ?? 0))
  const [day, month] = language === 1031 ? [first, second] : [second, first]
  const hours = found[6] === undefined ? hour : (hour % 12) + (/pm/i.test(found[6]) ? 12 : 0)
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0, hours, minute)
  const isReal = new Date(ms).getUTCMonth() === (month ?? 0) - 1 && new Date(ms).getUTCDate() === day
  return isReal ? ms : undefined
}

/** The person of `[{"Key":"i:0#.f|membership|ann@contoso.com"}]`. Undefined when nobody, or more than one, is meant. */
export function readPerson(tenant: Tenant, site: SiteRecord, text: string): ActorRef | undefined {
  let keys: unknown
  try {
    keys = JSON.parse(text)
  } catch {
    return undefined
  }
  const entries: readonly unknown[] = Array.isArray(keys) ? keys : []
  const [entry] = entries
  const key: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'Key') : undefined
  return entries.length === 1 && typeof key === 'string' ? actorOfLogin(tenant, site, key) : undefined
}

/** Who a claims login means; people alone can be authors. */
export function actorOfLogin(tenant: Tenant, site: SiteRecord, login: string): ActorRef | undefined {
  const principal = permissionsOf(tenant).ensure(site, login)
  const user = principal?.objectId === undefined ? undefined : tenant.directory.user(principal.objectId)
  return user === undefined ? undefined : { userId: user.objectId, displayName: user.displayName, upn: user.upn }
}
