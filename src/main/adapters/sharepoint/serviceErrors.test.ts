import { describe, expect, test } from 'vitest'
import { readErrorBody } from './errorBody.ts'
import { serviceError } from './serviceErrors.ts'

const judge = (status: number, body: unknown, headers: Record<string, string> = {}, context: object = {}) => {
  const error = serviceError({ status, headers, body }, { what: 'The file a.txt', isRepeatable: false, ...context }, 0)
  return [error.code, error.remedy.kind, 'delayMs' in error.remedy ? error.remedy.delayMs : undefined]
}
const graph = (code: string, inner?: string) => ({
  error: { code, message: 'm', ...(inner === undefined ? {} : { innerError: { code: inner } }) },
})

describe('error bodies', () => {
  test.each([
    ['Graph', graph('invalidRequest', 'pathIsTooLong'), ['invalidRequest', 'pathIsTooLong']],
    [
      'lower-case innererror, nested',
      { error: { code: 'a', innererror: { code: 'b', innererror: { code: 'c' } } } },
      ['a', 'b', 'c'],
    ],
    [
      'OData v3',
      {
        'odata.error': {
          code: '-1, Microsoft.SharePoint.Client.ClientServiceException',
          message: { lang: 'en-US', value: 'ETag' },
        },
      },
      ['-1', 'ClientServiceException'],
    ],
    [
      'verbose',
      { error: { code: '-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException', message: { value: 'x' } } },
      ['-2130575169', 'SPDuplicateValuesFoundException'],
    ],
    [
      'XML',
      '<m:error xmlns:m="x"><m:code>-2147024891, System.UnauthorizedAccessException</m:code><m:message xml:lang="en">No</m:message></m:error>',
      ['-2147024891', 'UnauthorizedAccessException'],
    ],
    ['a front door', { error_description: 'Invalid issuer or signature.' }, []],
    ['HTML', '<html><title>429 TOO MANY REQUESTS</title></html>', []],
    ['nothing', undefined, []],
    ['an array', [1], []],
    ['text that looks like JSON', '{"error":', []],
  ])('%s', (_name, body, codes) => {
    expect(readErrorBody(body).codes).toEqual(codes)
  })

  test('a hostile nesting ends', () => {
    let level: object = { code: 'deep' }
    for (let depth = 0; depth < 10_000; depth++) level = { code: 'x', innerError: level }
    expect(readErrorBody({ error: level }).codes.length).toBeLessThan(20)
  })
})

describe('answers become errors', () => {
  test.each([
    [
      'throttled with time',
      429,
      graph('activityLimitReached', 'throttledRequest'),
      { 'retry-after': '12' },
      {},
      ['THR_THROTTLED', 'waitUntil', 12_000],
    ],
    ['throttled with a fraction', 429, undefined, { 'retry-after': '2.128' }, {}, ['THR_THROTTLED', 'waitUntil', 2128]],
    ['throttled without time', 429, '<html>429</html>', {}, {}, ['THR_THROTTLED', 'retry', undefined]],
    [
      'the larger of Retry-After and reset',
      429,
      undefined,
      { 'retry-after': '3', 'ratelimit-limit': '1250', 'ratelimit-remaining': '0', 'ratelimit-reset': '31' },
      {},
      ['THR_THROTTLED', 'waitUntil', 31_000],
    ],
    ['busy with time: no effect', 503, undefined, { 'retry-after': '5' }, {}, ['THR_THROTTLED', 'waitUntil', 5000]],
    ['busy without time: a write is looked at', 503, undefined, {}, {}, ['DST_UNAVAILABLE', 'lookFirst', undefined]],
    ['busy without time: a read goes on', 503, undefined, {}, { isRepeatable: true }, ['DST_UNAVAILABLE', 'retry', undefined]],
    ['fault after a write', 500, graph('generalException'), {}, {}, ['DST_UNAVAILABLE', 'lookFirst', undefined]],
    ['gateway time-out', 504, undefined, {}, {}, ['NET_TIMEOUT', 'lookFirst', undefined]],
    ['bandwidth', 509, undefined, {}, {}, ['THR_THROTTLED', 'retry', undefined]],
    ['name taken', 409, graph('nameAlreadyExists'), {}, {}, ['DST_EXISTS', 'failItem', undefined]],
    ['412', 412, graph('resourceModified'), {}, {}, ['DST_CHANGED', 'lookFirst', undefined]],
    ['412 in other words', 412, graph('notAllowed'), {}, {}, ['DST_CHANGED', 'lookFirst', undefined]],
    ['409 by a background job', 409, graph('resourceModified'), {}, {}, ['DST_CHANGED', 'lookFirst', undefined]],
    ['locked', 423, graph('notAllowed', 'resourceLocked'), {}, {}, ['DST_LOCKED', 'failItem', undefined]],
    ['quota', 507, graph('quotaLimitReached'), {}, {}, ['DST_QUOTA', 'stopTask', undefined]],
    ['too long', 400, graph('invalidRequest', 'pathIsTooLong'), {}, {}, ['RULE_PATH_TOO_LONG', 'failItem', undefined]],
    ['bad name, plainly', 400, graph('invalidRequest'), {}, { name: 'a<b' }, ['DST_NAME_REFUSED', 'failItem', undefined]],
    ['bad request without a name', 400, graph('invalidRequest'), {}, {}, ['DST_REFUSED', 'failItem', undefined]],
    ['script type', 403, graph('accessDenied'), {}, { name: 'x.ASPX' }, ['DST_TYPE_REFUSED', 'failItem', undefined]],
    ['no access', 403, graph('accessDenied'), {}, { name: 'x.txt' }, ['DST_NO_ACCESS', 'failItem', undefined]],
    ['no access to the site', 403, graph('accessDenied'), {}, { isForWholeTask: true }, ['DST_NO_ACCESS', 'stopTask', undefined]],
    [
      'not found as the caller means it',
      404,
      graph('itemNotFound'),
      {},
      { notFound: 'DST_SITE_NOT_FOUND' },
      ['DST_SITE_NOT_FOUND', 'failItem', undefined],
    ],
    ['secret app', 401, { error_description: 'Unsupported app only token.' }, {}, {}, ['AUTH_REFUSED', 'stopTask', undefined]],
    ['passing 401', 401, 'Unable to initialize RPS', {}, {}, ['DST_UNAVAILABLE', 'retry', undefined]],
    [
      'upload address that died',
      401,
      graph('unauthenticated', 'expiredToken'),
      {},
      { isUploadUrl: true },
      ['DST_SESSION_LOST', 'lookFirst', undefined],
    ],
    [
      'list threshold never passes',
      500,
      { 'odata.error': { code: '-2147024860, Microsoft.SharePoint.SPQueryThrottledException' } },
      {},
      {},
      ['DST_REFUSED', 'stopTask', undefined],
    ],
    [
      'an unknown inner code is passed over',
      409,
      graph('nameAlreadyExists', 'somethingNew'),
      {},
      {},
      ['DST_EXISTS', 'failItem', undefined],
    ],
    ['a code that is a word of the language', 400, graph('constructor'), {}, {}, ['DST_REFUSED', 'failItem', undefined]],
  ])('%s', (_name, status, body, headers, context, expected) => {
    expect(judge(status, body, headers as Record<string, string>, context)).toEqual(expected)
  })
})
