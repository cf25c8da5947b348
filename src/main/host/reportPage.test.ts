import { expect, test } from 'vitest'
import type { ProjectReport, ReportedTask } from './projectReport.ts'
import { reportPage } from './reportPage.ts'
import { fakeTaskId } from './testing/fakeHost.ts'

const task = (change: Partial<ReportedTask> = {}): ReportedTask => ({
  id: fakeTaskId(1),
  name: 'Legal',
  source: '\\\\srv\\legal',
  destination: 'https://contoso.sharepoint.com/sites/legal/Documents',
  status: 'completedWithIssues',
  round: 1,
  tags: [],
  agent: 'vm',
  foundFiles: 1000,
  foundBytes: 5_000_000,
  arrivedFiles: 999,
  arrivedBytes: 4_999_000,
  failedItems: 1,
  skippedItems: 0,
  receipts: undefined,
  startedAt: undefined,
  endedAt: undefined,
  reason: undefined,
  causes: undefined,
  ...change,
})
const report = (tasks: readonly ReportedTask[]): ProjectReport => ({
  writtenAt: '2026-11-21T08:00:00.000Z',
  tenantName: 'contoso',
  tasks,
  totals: {
    foundFiles: 1000,
    foundBytes: 5_000_000,
    arrivedFiles: 999,
    arrivedBytes: 4_999_000,
    failedItems: 1,
    skippedItems: 0,
  },
  byStatus: { completedWithIssues: 1 },
  causes: [{ code: 'SRC_LOCKED', title: 'The file is open elsewhere', fix: 'Close it.', itemCount: 1, isPassing: true }],
})

test('999 of 1,000 files are never rounded up to all of them', () => {
  const page = reportPage(report([task()]))
  expect(page).toContain('99 %')
  expect(page).not.toContain('100 %')
  expect(page).toContain('999 of 1,000 files')
})

test('names from outside stay text, and the page loads nothing from anywhere', () => {
  const page = reportPage(report([task({ name: '<img src=x onerror=alert(1)>', reason: '"><script>alert(2)</script>' })]))
  expect(page).not.toContain('<img')
  expect(page).not.toContain('<script')
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(page).toContain("default-src 'none'")
  expect(page).not.toMatch(/<[^>]*\s(?:src|href)=/)
})

test('a project without tasks is a page all the same', () => {
  expect(reportPage({ ...report([]), byStatus: {}, causes: [] })).toContain('No tasks.')
})
