import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { ReadBack } from '../graphCopy.ts'

const rowSchema = z.looseObject({
  seq: z.number(),
  timeMs: z.number(),
  durationMs: z.number(),
  method: z.string(),
  path: z.string(),
  route: z.string().optional(),
  status: z.number(),
  bytesIn: z.number(),
  retryAfterViolation: z.boolean().optional(),
  fault: z.string().optional(),
  effectApplied: z.boolean().optional(),
  peerPort: z.number().optional(),
  item: z.string().optional(),
  unknown: z.boolean().optional(),
  defect: z.string().optional(),
})
export type RequestRow = z.infer<typeof rowSchema>

/** Everything that the tenant was asked, in order of arrival. */
export function requestRows(dataDir: string): readonly RequestRow[] {
  return fs
    .readFileSync(path.join(dataDir, 'requests.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => rowSchema.parse(JSON.parse(line)))
    .sort((a, b) => a.seq - b.seq)
}

/** Created empty, and filled by its id: `createdDateTime` says nothing about the content. [B.3] */
export const isUnaddressable = (name: string): boolean => /;[^/]*$/.test(name)

/** `createdDateTime` of the service counts whole seconds. */
const CREATED_EXACT_MS = 1000

/**
 * Requests that carried content of a file that the tenant had stored already. A file is stored when an upload of it was answered with its
 * item, when the tenant notes that a failed answer took effect, or, where the client was gone before the answer, when the item says so.
 */
export function sentAgain(
  rows: readonly RequestRow[],
  stored: Iterable<ReadBack>,
  endedMs: (row: RequestRow) => number,
): readonly string[] {
  const files = new Map<string, ReadBack>()
  for (const file of stored) {
    if (file.isFolder) continue
    files.set(`${file.parentId}/${file.name.normalize('NFC').toLowerCase()}`, file)
    files.set(file.id, file)
  }
  const storedAtMs = new Map<ReadBack, number>()
  const received = new Map<string, number>()
  const again: string[] = []
  for (const row of rows) {
    const upload = uploadOf(row)
    const file =
      upload && (files.get(`${upload.folderId}/${upload.name.normalize('NFC').toLowerCase()}`) ?? files.get(upload.folderId))
    if (!upload || !file) continue
    const createdMs = isUnaddressable(file.name) ? Number.POSITIVE_INFINITY : file.createdMs + CREATED_EXACT_MS
    const knownAtMs = Math.min(storedAtMs.get(file) ?? Number.POSITIVE_INFINITY, createdMs)
    if (row.timeMs > knownAtMs || row.status === 409) again.push(`${file.path} (request ${row.seq}, answered ${row.status})`)
    const hasEffect = (row.status >= 200 && row.status < 300) || row.effectApplied === true
    if (!hasEffect) continue
    const total = (received.get(upload.session) ?? 0) + row.bytesIn
    received.set(upload.session, total)
    if (total >= file.sizeBytes && !storedAtMs.has(file)) storedAtMs.set(file, endedMs(row))
  }
  return again
}

interface Upload {
  readonly session: string
  readonly folderId: string
  readonly name: string
}

/** What an upload request says about its file. The item of a session is the folder, or the file that is replaced. */
function uploadOf(row: RequestRow): Upload | undefined {
  const url = new URL(row.path, 'https://tenant.test')
  if (row.route === 'drive.session.fragment') {
    const [, folderId = ''] = /\/items\/([^/]+)\/uploadSession$/.exec(url.pathname) ?? []
    const name = (url.searchParams.get('path') ?? '').replace(/^'~tmp.._(.*)'$/, '$1').replaceAll("''", "'")
    return { session: url.searchParams.get('guid') ?? '', folderId, name }
  }
  if (row.route === 'drive.content.put') {
    const [, folderId = '', name = ''] = /\/items\/([^/:]+):\/(.*):\/content$/.exec(url.pathname) ?? []
    return { session: `put ${row.seq}`, folderId, name: decodeURIComponent(name) }
  }
  return undefined
}
