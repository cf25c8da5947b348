import { createCipheriv, randomBytes } from 'node:crypto'
import type { PackageBlobs } from '../blob/packageBlobs.ts'
import type { ImportReport } from './importReport.ts'
import type { JobRecord } from './jobStore.ts'

/** Writes `Import-<job>-<n>.log`, `.err` and `.wrn` into the manifest container, each segment encrypted with an IV of its own [D.7]. */
export async function writeLogs(deps: {
  readonly blobs: PackageBlobs
  readonly container: string
  readonly job: JobRecord
  readonly report: ImportReport
}): Promise<void> {
  const { blobs, container, job, report } = deps
  const { script } = job
  if (script.hasNoLogs) return
  const key = Buffer.from(job.encryptionKey, 'base64')
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['log', report.log],
    ['err', report.errors],
    ['wrn', report.warnings],
  ]
  for (const [extension, lines] of kinds) {
    for (const [index, text] of segments(lines, script.logSegmentBytes).entries()) {
      const iv = randomBytes(16)
      const cipher = createCipheriv('aes-256-cbc', key, iv)
      const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      if (script.hasUnreadableLog && extension === 'err') data.fill(0, data.length - 16)
      await blobs.write(container, `Import-${job.jobId}-${index + 1}.${extension}`, data, iv)
    }
  }
}

/** Whole lines up to the size of a segment; one empty segment when there are no lines. */
function segments(lines: readonly string[], segmentBytes: number): readonly string[] {
  const done: string[] = []
  let text = ''
  for (const line of lines) {
    if (text !== '' && Buffer.byteLength(text) + Buffer.byteLength(line) + 2 > segmentBytes) {
      done.push(text)
      text = ''
    }
    text += `${line}\r\n`
  }
  return text !== '' || done.length === 0 ? [...done, text] : done
}
