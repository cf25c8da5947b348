import type { ScanIssue, ScanView } from '../../shared/contract/scans.ts'
import { errorCatalogue } from '../../shared/errorCatalogue.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'

const PAGE = 1000
const WEIGHT = { blocks: 2, renames: 1, warns: 0 } as const

/** What a whole scan says: numbers, and issues with the gravest first. Other work gets its turn between the pages. */
export async function countScan(
  journal: ReadableJournal,
): Promise<Pick<ScanView, 'files' | 'folders' | 'bytes' | 'travels' | 'travelBytes' | 'renamed' | 'blocked' | 'issues'>> {
  const sum = { files: 0, folders: 0, bytes: 0, travels: 0, travelBytes: 0, renamed: 0, blocked: 0 }
  for (const { kind, state, itemCount, sizeBytes } of journal.totals().byState) {
    if (kind === 'folder') sum.folders += itemCount
    if (kind === 'file') {
      sum.files += itemCount
      sum.bytes += sizeBytes
      if (state === 'scanned') {
        sum.travels += itemCount
        sum.travelBytes += sizeBytes
      }
    }
    if (state === 'failed' || state === 'skipped') sum.blocked += itemCount
  }
  const groups = new Map<ErrorCode, { effect: ScanIssue['effect']; itemCount: number }>()
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE, hasIssues: true })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) {
      if (item.state === 'scanned' && item.destName !== item.name) sum.renamed++
      for (const { code, effect } of item.issues) {
        const group = groups.get(code)
        if (!group) groups.set(code, { effect, itemCount: 1 })
        else {
          group.itemCount++
          if (WEIGHT[effect] > WEIGHT[group.effect]) group.effect = effect
        }
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const issues = [...groups]
    .map(([code, { effect, itemCount }]) => ({
      code,
      effect,
      itemCount,
      title: errorCatalogue[code].title,
      fix: errorCatalogue[code].fix,
    }))
    .sort((a, b) => WEIGHT[b.effect] - WEIGHT[a.effect] || b.itemCount - a.itemCount)
  return { ...sum, issues }
}
