import type { ServiceRequest } from './http.ts'
import { ServiceError } from './serviceError.ts'

export interface ThrottleErrorOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Graph's own gateway refused, not the storage behind it. */
  readonly isGateway?: boolean
  /** SharePoint answers with a page rather than with a line of text. */
  readonly isHtml?: boolean
  /** The application is blocked: 503 instead of 429. */
  readonly isBlocked?: boolean
}

/** The refusal of too many requests, in the body that each service has for it [E]. */
export function throttleError(request: ServiceRequest, options: ThrottleErrorOptions): ServiceError {
  const status = options.isBlocked ? 503 : 429
  const { headers } = options
  if (request.service === 'sharepoint' && !/\/_api\/v2\./i.test(request.rawPath)) {
    const title = options.isBlocked ? '503 SERVICE UNAVAILABLE' : '429 TOO MANY REQUESTS'
    return new ServiceError(status, 'throttled', title, {
      headers,
      rawBody: options.isHtml
        ? { contentType: 'text/html; charset=utf-8', text: page(title) }
        : { contentType: 'text/plain; charset=utf-8', text: title },
    })
  }
  if (options.isBlocked) {
    return new ServiceError(status, 'serviceNotAvailable', 'The service is temporarily unavailable. Please try again later.', {
      headers,
    })
  }
  if (options.isGateway) {
    const inner = { code: '429', status: '429', message: 'Please retry after' }
    return new ServiceError(status, 'TooManyRequests', 'Please retry again later.', {
      headers,
      rawBody: {
        contentType: 'application/json',
        text: JSON.stringify({
          error: {
            code: 'TooManyRequests',
            innerError: { ...inner, date: new Date(request.receivedAt).toISOString().slice(0, 19), 'request-id': request.id },
            message: 'Please retry again later.',
          },
        }),
      },
    })
  }
  return new ServiceError(status, 'activityLimitReached', 'The request has been throttled', {
    innerCode: 'throttledRequest',
    headers,
  })
}

function page(title: string): string {
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html><head><title>${title}</title></head><body><h1>Something's not right</h1><p>The page you requested is temporarily unavailable. We apologize for the inconvenience, please check back in a few minutes.</p></body></html>`
}
