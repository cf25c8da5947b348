import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'

/** Every fragment but the last is a multiple of this [B.6, J]. */
export const FRAGMENT_MULTIPLE_BYTES = 327_680
/** A fragment has to be smaller than this [B.6, J]. */
export const FRAGMENT_LIMIT_BYTES = 60 * 1024 * 1024

/** A fragment that is still arriving after this time ends in a 504 of the gateway [B.6, J]. */
export const GATEWAY_TIMEOUT_MS = 180_000

export interface Fragment {
  readonly start: number
  readonly endInclusive: number
  readonly totalBytes: number
  readonly lengthBytes: number
}

/** Reads `Content-Range` and `Content-Length` and refuses what does not fit to the session [B.6]. */
export function readFragment(
  request: ServiceRequest,
  session: { readonly received: number; readonly totalBytes: number | undefined },
): Fragment {
  const { start, endInclusive, totalBytes } = readContentRange(request.headers['content-range'])
  const lengthBytes = endInclusive - start + 1
  const declared = request.headers['content-length']
  if (declared === undefined) throw new ServiceError(411, 'invalidRequest', 'A Content-Length header is required.')
  if (Number(declared) !== lengthBytes) {
    throw new ServiceError(400, 'invalidRequest', 'The Content-Range header length does not match the content length.', {
      innerCode: 'fragmentLengthMismatch',
    })
  }
  if (lengthBytes >= FRAGMENT_LIMIT_BYTES) {
    throw new ServiceError(400, 'invalidRequest', 'The fragment is larger than the maximum of 60 MiB.', {
      innerCode: 'maxFragmentLengthExceeded',
    })
  }
  if (session.totalBytes !== undefined && session.totalBytes !== totalBytes) throw invalidRange('fragmentLengthMismatch')
  if (start < session.received) throw invalidRange('fragmentOverlap')
  if (start > session.received) throw invalidRange('fragmentOutOfOrder')
  if (endInclusive + 1 < totalBytes && lengthBytes % FRAGMENT_MULTIPLE_BYTES !== 0) {
    throw new ServiceError(400, 'invalidRequest', 'The size of every fragment but the last must be a multiple of 320 KiB.', {
      innerCode: 'invalidFragmentLength',
    })
  }
  return { start, endInclusive, totalBytes, lengthBytes }
}

const MESSAGES: Readonly<Record<string, string>> = {
  fragmentOverlap: 'Uploaded fragment overlaps with existing data.',
  fragmentOutOfOrder: 'The uploaded fragment is out of order.',
  fragmentLengthMismatch: 'The total length of the file differs from the one of earlier fragments.',
}

/** 416, after which the client asks for `nextExpectedRanges` [B.6]. */
export function invalidRange(innerCode: keyof typeof MESSAGES & string): ServiceError {
  return new ServiceError(416, 'invalidRange', MESSAGES[innerCode] ?? 'The range is not valid.', { innerCode })
}

function readContentRange(header: string | undefined): Pick<Fragment, 'start' | 'endInclusive' | 'totalBytes'> {
  const parts = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header?.trim() ?? '')
  const [start, endInclusive, totalBytes] = (parts ?? []).slice(1).map(Number)
  if (
    start === undefined ||
    endInclusive === undefined ||
    totalBytes === undefined ||
    endInclusive < start ||
    endInclusive >= totalBytes
  ) {
    throw new ServiceError(400, 'invalidRequest', 'The Content-Range header is missing or malformed.', {
      innerCode: 'invalidRange',
    })
  }
  return { start, endInclusive, totalBytes }
}
