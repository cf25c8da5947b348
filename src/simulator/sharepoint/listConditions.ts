import type { ServiceRequest } from '../core/http.ts'
import { ETagMismatchError } from '../lists/listErrors.ts'
import { type ListTarget, listIdOf } from '../lists/tenantLists.ts'

/** Throws ETagMismatchError unless `IF-MATCH` is missing, `*` or the list's own eTag. */
export function checkListMatch(request: ServiceRequest, target: ListTarget): void {
  const sent = request.headers['if-match']
  const actual = `"${listIdOf(target)},${target.kind === 'list' ? target.list.revision + 1 : 1}"`
  if (sent !== undefined && sent !== '*' && sent !== actual) throw new ETagMismatchError(sent, actual)
}
