import { expect, test } from 'vitest'
import { BatchFormatError, parseBatch } from './batchParts.ts'

const BODY = `--batch_1
Content-Type: application/http
Content-Transfer-Encoding: binary

GET https://contoso.sharepoint.com/_api/web HTTP/1.1
accept: application/json

--batch_1
Content-Type: multipart/mixed; boundary="changeset_2"

--changeset_2
Content-Type: application/http
Content-Transfer-Encoding: binary

POST https://contoso.sharepoint.com/_api/web/lists HTTP/1.1
content-type: application/json

{"Title":"a: b"}

--changeset_2
Content-Type: application/http
Content-Transfer-Encoding: binary

DELETE https://contoso.sharepoint.com/_api/web/lists('x') HTTP/1.1
if-match: *

--changeset_2--

--batch_1--
`

test.each([
  ['LF', BODY],
  ['CRLF', BODY.replaceAll('\n', '\r\n')],
])('requests come in order, those of a changeset in its place (%s)', (_name, body) => {
  const parts = parseBatch('multipart/mixed; boundary=batch_1', body)
  expect(parts.map((part) => [part.method, part.url, part.body])).toEqual([
    ['GET', 'https://contoso.sharepoint.com/_api/web', ''],
    ['POST', 'https://contoso.sharepoint.com/_api/web/lists', '{"Title":"a: b"}'],
    ['DELETE', "https://contoso.sharepoint.com/_api/web/lists('x')", ''],
  ])
  expect(parts[2]?.headers).toEqual({ 'if-match': '*' })
})

test.each([
  ['application/json', BODY],
  ['multipart/mixed; boundary=other', BODY],
  ['multipart/mixed; boundary=batch_1', BODY.replace('--batch_1--', '')],
  ['multipart/mixed; boundary=batch_1', BODY.replace('GET https', 'get https')],
  ['multipart/mixed; boundary=batch_1', BODY.replace('application/http', 'text/plain')],
])('what is no batch is refused (%#)', (contentType, body) => {
  expect(() => parseBatch(contentType, body)).toThrow(BatchFormatError)
})
