import type { ServiceRequest } from '../core/http.ts'
import type { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { throttleError } from '../core/throttleError.ts'

/**
 * Who keeps asking for OneDrives that do not exist is throttled by IP address on all of them [B.1]. Microsoft publishes no numbers; these
 * are the practice tenant's own.
 */
const WINDOW_MS = 5 * 60_000
const MISSES_ALLOWED = 100

interface Misses {
  sinceMs: number
  count: number
}

const missesByTenant = new WeakMap<Tenant['db'], Map<string, Misses>>()

function missesOf({ request, tenant }: { readonly request: ServiceRequest; readonly tenant: Tenant }): Misses {
  const addresses = missesByTenant.get(tenant.db) ?? new Map<string, Misses>()
  missesByTenant.set(tenant.db, addresses)
  const nowMs = tenant.clock.now()
  let misses = addresses.get(request.remoteAddress)
  if (misses === undefined || nowMs >= misses.sinceMs + WINDOW_MS) {
    misses = { sinceMs: nowMs, count: 0 }
    addresses.set(request.remoteAddress, misses)
  }
  return misses
}

/** Counts one OneDrive that was not there. */
export function noteMissingOneDrive(request: ServiceRequest, tenant: Tenant): void {
  if (tenant.behaviour.throttling) missesOf({ request, tenant }).count += 1
}

/** The 429 for an address that has asked for too many, or undefined. */
export function probingRefusal(request: ServiceRequest, tenant: Tenant): ServiceError | undefined {
  if (!tenant.behaviour.throttling) return undefined
  const { count, sinceMs } = missesOf({ request, tenant })
  if (count <= MISSES_ALLOWED) return undefined
  const waitMs = sinceMs + WINDOW_MS - tenant.clock.now()
  return throttleError(request, { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } })
}
