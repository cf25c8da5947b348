import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { sharePointHosts } from '../core/services.ts'
import type { Tenant } from '../core/tenant.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { personalPath } from '../store/siteSeed.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { noteMissingOneDrive, probingRefusal } from './oneDriveProbing.ts'

/**
 * The personal site of a user. A delegated GET provisions it for a licensed user; an application never does. Without one the service
 * has three answers, of which one is drawn [B.1].
 */
export function openOneDrive(request: ServiceRequest, tenant: Tenant, userKey: string): SiteRecord {
  const refusal = probingRefusal(request, tenant)
  if (refusal !== undefined) throw refusal
  const user = tenant.directory.user(userKey)
  if (user === undefined) {
    throw new ServiceError(
      404,
      'Request_ResourceNotFound',
      `Resource '${userKey}' does not exist or one of its queried reference-property objects are not present.`,
    )
  }
  const site = tenant.sites.personalSite(user.objectId)
  if (site !== undefined) return site
  const isProvisioning = callerOf(request).kind === 'user' && request.method === 'GET' && user.isLicensed && user.isEnabled
  if (!isProvisioning) {
    noteMissingOneDrive(request, tenant)
    throw notProvisioned(tenant.random.integer(3))
  }
  return tenant.sites.createSite({
    hostname: sharePointHosts(tenant.name).personal,
    path: personalPath(user.upn),
    title: user.displayName,
    kind: 'personal',
    ownerId: user.objectId,
    adminIds: [user.objectId],
  })
}

function notProvisioned(variant: number): ServiceError {
  if (variant === 0) return new ServiceError(404, 'ResourceNotFound', "User's mysite not found.")
  if (variant === 1) return new ServiceError(404, 'UnknownError', '404 FILE NOT FOUND')
  return new ServiceError(400, 'BadRequest', "Unable to retrieve user's mysite URL.")
}
