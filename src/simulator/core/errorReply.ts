import type { ServiceReply, ServiceRequest } from './http.ts'
import type { ServiceError } from './serviceError.ts'

/** A refusal as the service that was asked would word it. */
export function errorReply(error: ServiceError, request: ServiceRequest, nowMs: number): ServiceReply {
  if (error.rawBody !== undefined) {
    return {
      status: error.status,
      headers: { 'content-type': error.rawBody.contentType, ...error.headers },
      body: error.rawBody.text,
    }
  }
  const rendered = renderBody(error, request, nowMs)
  return { status: error.status, headers: { ...rendered.headers, ...error.headers }, body: rendered.body }
}

interface RenderedError {
  readonly headers?: Record<string, string>
  readonly body: object | string
}

function renderBody(error: ServiceError, request: ServiceRequest, nowMs: number): RenderedError {
  switch (request.service) {
    case 'graph':
      return graphError(error, request, nowMs)
    case 'sharepoint':
      return /^\/(.*\/)?_api\/v2\./i.test(request.rawPath) ? graphError(error, request, nowMs) : sharePointError(error, request)
    case 'blob':
      return storageError(error, request, nowMs)
    case 'login':
      return { body: { error: error.code, error_description: error.message, ...error.extra } }
    case 'control':
      return { body: { error: { code: error.code, message: error.message, ...error.extra } } }
  }
}

function graphError(error: ServiceError, request: ServiceRequest, nowMs: number): RenderedError {
  const clientRequestId = request.headers['client-request-id']
  const innerError = {
    ...(error.innerCode === undefined ? {} : { code: error.innerCode }),
    date: new Date(nowMs).toISOString().slice(0, 19),
    'request-id': request.id,
    'client-request-id': typeof clientRequestId === 'string' ? clientRequestId : request.id,
  }
  return { body: { error: { code: error.code, message: error.message, ...error.extra, innerError } } }
}

/** SharePoint words its errors in the OData dialect that the client accepts; without one, in Atom XML [C.2]. */
function sharePointError(error: ServiceError, request: ServiceRequest): RenderedError {
  const accept = (request.headers.accept ?? '').toLowerCase().replace(/\s/g, '')
  const detail = { code: error.code, message: { lang: 'en-US', value: error.message }, ...error.extra }
  if (accept.includes('odata=verbose')) {
    return { headers: { 'content-type': 'application/json;odata=verbose;charset=utf-8' }, body: { error: detail } }
  }
  if (accept.includes('application/json')) return { body: { 'odata.error': detail } }
  return {
    headers: { 'content-type': 'application/xml;charset=utf-8' },
    body: `<?xml version="1.0" encoding="utf-8"?><m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><m:code>${escapeXml(error.code)}</m:code><m:message xml:lang="en-US">${escapeXml(error.message)}</m:message></m:error>`,
  }
}

function storageError(error: ServiceError, request: ServiceRequest, nowMs: number): RenderedError {
  return {
    headers: { 'content-type': 'application/xml', 'x-ms-error-code': error.code, 'x-ms-request-id': request.id },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}\nRequestId:${request.id}\nTime:${new Date(nowMs).toISOString()}</Message></Error>`,
  }
}

const XML_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Text made safe for XML and HTML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => XML_ESCAPES[found] ?? found)
}
