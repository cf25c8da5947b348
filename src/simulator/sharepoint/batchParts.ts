/** One request inside a `$batch` body. */
export interface BatchPart {
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The body is no multipart batch. */
export class BatchFormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BatchFormatError'
  }
}

/** Reads a `multipart/mixed` batch; the requests of changesets come in their place. Lines may end in LF or CRLF. */
export function parseBatch(contentType: string, body: string): readonly BatchPart[] {
  return splitParts(boundaryOf(contentType), body.replaceAll('\r\n', '\n')).flatMap(readPart)
}

function boundaryOf(contentType: string): string {
  const boundary = /^multipart\/mixed\s*;.*boundary\s*=\s*"?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) throw new BatchFormatError('The batch request has no multipart boundary.')
  return boundary.trim()
}

function splitParts(boundary: string, text: string): readonly string[] {
  const delimiter = `--${boundary}`
  const sections = `\n${text}`.split(`\n${delimiter}`)
  const parts: string[] = []
  for (const section of sections.slice(1)) {
    if (section.startsWith('--')) return parts
    parts.push(section.replace(/^[ \t]*\n/, ''))
  }
  throw new BatchFormatError(`The batch boundary '${boundary}' is not closed.`)
}

function readPart(part: string): readonly BatchPart[] {
  const { headers, rest } = readHeaders(part)
  const contentType = headers['content-type'] ?? ''
  if (/^multipart\/mixed/i.test(contentType)) return splitParts(boundaryOf(contentType), rest).flatMap(readPart)
  if (!/^application\/http/i.test(contentType)) throw new BatchFormatError('A batch part is neither a request nor a changeset.')
  const lineEnd = rest.indexOf('\n')
  const line = lineEnd < 0 ? rest : rest.slice(0, lineEnd)
  const request = /^([A-Z]+) (\S.*?) HTTP\/\d(?:\.\d)?$/.exec(line.trim())
  if (request === null) throw new BatchFormatError(`The request line '${line.slice(0, 100)}' of a batch part is not valid.`)
  const inner = readHeaders(lineEnd < 0 ? '' : rest.slice(lineEnd + 1))
  return [{ method: request[1] ?? '', url: request[2] ?? '', headers: inner.headers, body: inner.rest.trim() }]
}

function readHeaders(text: string): { readonly headers: Readonly<Record<string, string>>; readonly rest: string } {
  const headers: Record<string, string> = {}
  let at = 0
  for (;;) {
    const end = text.indexOf('\n', at)
    const line = end < 0 ? text.slice(at) : text.slice(at, end)
    at = end < 0 ? text.length : end + 1
    if (line.trim() === '') return { headers, rest: text.slice(at) }
    const colon = line.indexOf(':')
    if (colon < 1) throw new BatchFormatError(`The header line '${line.slice(0, 100)}' of a batch part is not valid.`)
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
    if (end < 0) return { headers, rest: '' }
  }
}
