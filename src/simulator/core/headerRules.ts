import type { ServiceRequest } from './http.ts'
import { ServiceError } from './serviceError.ts'

/** Writes of Graph that judge `If-Match`. */
const CONDITIONAL_ROUTES = new Set([
  'drive.content.put',
  'drive.session.create',
  'drive.item.patch',
  'drive.item.delete',
  'drive.item.permanentDelete',
  'lists.fields.update',
  'lists.item.update',
  'lists.item.delete',
  'lists.driveItem.patch',
])

/** Refuses headers that would give a request another meaning than the tenant reads into it. */
export function checkHeaders({ headers, service, method }: ServiceRequest, route: string): void {
  const isRead = method === 'GET' || method === 'HEAD'
  if (service === 'graph' && headers['if-match'] !== undefined && !isRead && !CONDITIONAL_ROUTES.has(route)) {
    throw new ServiceError(501, 'notSupported', 'The practice tenant does not know what If-Match means for this request.', {
      isUnknown: true,
    })
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ServiceError(415, codeFor(service, 'invalidRequest'), `The practice tenant does not decode '${encoding}' bodies.`, {
      isUnknown: true,
    })
  }
  const override = headers['x-http-method'] ?? headers['x-http-method-override']
  if (service === 'graph' && override !== undefined && String(override).toUpperCase() !== method) {
    throw new ServiceError(400, 'BadRequest', 'Graph takes the method of the request itself; X-HTTP-Method has no effect.', {
      isUnknown: true,
    })
  }
}

function codeFor(service: ServiceRequest['service'], graphCode: string): string {
  return service === 'sharepoint' ? '-1, Microsoft.SharePoint.Client.ClientServiceException' : graphCode
}
