import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { locked } from '../store/placement.ts'

export function eTagOf(item: ItemRecord): string {
  return `"{${item.uniqueId.toUpperCase()}},${item.eTagNumber}"`
}

function cTagOf(item: ItemRecord): string {
  return `"c:{${item.uniqueId.toUpperCase()}},${item.cTagNumber}"`
}

/** Whether one of the tags of an `If-Match` or `If-None-Match` header is the item's eTag or cTag. */
export function matchesTag(header: string, item: ItemRecord): boolean {
  const own = [eTagOf(item), cTagOf(item)]
  return header.split(/,\s*(?=(?:W\/)?"|\*)/).some((tag) => {
    const text = tag.trim().replace(/^W\//, '')
    return text === '*' || own.some((candidate) => candidate.toLowerCase() === text.toLowerCase())
  })
}

/**
 * `If-Match` and `If-None-Match` of a write, then what a fault script has in store for it: a background process that just touched the
 * item, a spontaneous 409, a file that somebody has open. Returns the item as it is now.
 */
export function checkWritePreconditions(
  request: ServiceRequest,
  tenant: Tenant,
  item: ItemRecord | undefined,
): ItemRecord | undefined {
  let current = item
  if (current !== undefined && tenant.faults.isActive('eTagBump', request))
    current = tenant.items.touch(current.driveId, current.itemId)
  if (current !== undefined && tenant.faults.isActive('itemLocked', request)) throw locked()
  checkConditions(request.headers, current)
  if (current !== undefined && tenant.faults.isActive('resourceModified', request)) {
    throw new ServiceError(
      409,
      'resourceModified',
      'The resource has changed since the caller last read it; usually an eTag mismatch',
    )
  }
  return current
}

interface ConditionHeaders {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}

/** Throws 412 when a condition does not hold and 400 for an `If-Match` that is no eTag. */
export function checkConditions(headers: ConditionHeaders, item: ItemRecord | undefined): void {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch !== undefined) {
    if (!/^\s*(\*|(W\/)?"[^"]*"(\s*,\s*(W\/)?"[^"]*")*)\s*$/.test(ifMatch)) {
      throw new ServiceError(400, 'invalidRequest', 'The ETag value is not valid.', { innerCode: 'malformedEntityTag' })
    }
    if (item === undefined || !matchesTag(ifMatch, item)) throw modified()
  }
  if (ifNoneMatch !== undefined && item !== undefined && matchesTag(ifNoneMatch, item)) throw modified()
}

/** A 304 for a GET whose `If-None-Match` names the present eTag. */
export function isNotModified(request: ServiceRequest, item: ItemRecord): boolean {
  const header = request.headers['if-none-match']
  return header !== undefined && matchesTag(header, item)
}

export function modified(): ServiceError {
  return new ServiceError(412, 'resourceModified', "ETag does not match current item's value", {
    innerCode: 'entityTagDoesNotMatch',
  })
}
