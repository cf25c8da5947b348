import { MigrationError } from '../../../shared/errors.ts'

/** A stream that is as long as it was announced, in memory of its own. Errors: SRC_CHANGED_WHILE_READING; what the stream throws. */
export async function wholeContent(sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  let filled = 0
  for await (const chunk of content) {
    if (filled + chunk.length <= sizeBytes) bytes.set(chunk, filled)
    filled += chunk.length
  }
  if (filled === sizeBytes) return bytes
  throw new MigrationError('SRC_CHANGED_WHILE_READING', `A file of ${sizeBytes} bytes gave ${filled}.`, {
    remedy: { kind: 'failItem' },
  })
}
