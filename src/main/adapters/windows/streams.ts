import type { WindowsApi } from './windowsApi.ts'

/** Data that a file has beside its content. */
export interface NamedStream {
  readonly name: string
  readonly sizeBytes: number
}

/** WIN32_FIND_STREAM_DATA: a size of eight bytes, then the name in 296 characters. Source: the Windows SDK, fileapi.h. */
export const STREAM_DATA_BYTES = 8 + 296 * 2
const AT_NAME = 8
/** The content itself. */
const UNNAMED = '::$DATA'
/** A file with more is damaged or malicious; what was found until then is told. */
const STREAMS_MAX = 100
const INVALID_HANDLE = -1

/** `:Zone.Identifier:$DATA` is the stream `Zone.Identifier`; undefined for the content of the file. */
export function readStreamData(data: Buffer): NamedStream | undefined {
  const text = data.toString('utf16le', AT_NAME)
  const end = text.indexOf('\0')
  const whole = end < 0 ? text : text.slice(0, end)
  if (whole === UNNAMED || whole === '') return undefined
  return { name: whole.replace(/^:/, '').replace(/:\$DATA$/, ''), sizeBytes: Number(data.readBigInt64LE(0)) }
}

/**
 * The named streams of a file. Empty also where the file system has no streams or the system does not tell: nothing is lost then that anybody
 * could see. Reads no content, so that nothing is recalled from another tier.
 */
export function listStreams(
  api: Pick<WindowsApi, 'firstStream' | 'nextStream' | 'closeFind'>,
  path: string,
): readonly NamedStream[] {
  const data = Buffer.alloc(STREAM_DATA_BYTES)
  const handle = api.firstStream(path, data)
  if (Number(handle) === INVALID_HANDLE) return []
  const streams: NamedStream[] = []
  try {
    do {
      const stream = readStreamData(data)
      if (stream) streams.push(stream)
    } while (streams.length < STREAMS_MAX && api.nextStream(handle, data))
    return streams
  } finally {
    api.closeFind(handle)
  }
}
