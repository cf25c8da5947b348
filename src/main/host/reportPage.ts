import type { TaskStatus } from '../../shared/domain/task.ts'
import { GIB, KIB, MIB, TIB } from '../../shared/units.ts'
import type { ProjectReport, ReportedTask } from './projectReport.ts'

/** Tasks listed one by one; a page of more helps nobody, the CSV files have them all. */
const TASKS_SHOWN = 2000
const CAUSES_SHOWN = 12

const STATUS = {
  completed: { label: 'Completed', color: '#107c10' },
  completedWithIssues: { label: 'Completed with issues', color: '#c87f0a' },
  inProgress: { label: 'In progress', color: '#0f6cbd' },
  queued: { label: 'Queued', color: '#8a8886' },
  readyToMigrate: { label: 'Ready to migrate', color: '#5c2e91' },
  paused: { label: 'Paused', color: '#605e5c' },
  failed: { label: 'Failed', color: '#b10e1c' },
  canceled: { label: 'Canceled', color: '#bdbdbd' },
} as const satisfies Record<TaskStatus, { readonly label: string; readonly color: string }>

/**
 * The project on one page for people who never open Portage: no script, no address to load anything from, readable in print and in the dark.
 * Everything that comes from outside is escaped.
 */
export function reportPage(report: ProjectReport): string {
  const { totals, tasks } = report
  const share = totals.foundFiles === 0 ? 0 : Math.min(1, totals.arrivedFiles / totals.foundFiles)
  const percent = share >= 1 ? 100 : Math.floor(share * 100)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Migration report: ${text(report.tenantName)}</title><style>${STYLE}</style></head>
<body><main>
<header><h1>Migration report</h1><p>${text(report.tenantName)} · as of <time>${text(report.writtenAt.replace('T', ' ').slice(0, 16))} UTC</time> · ${count(tasks.length)} ${tasks.length === 1 ? 'task' : 'tasks'}</p></header>
<section class="tiles">
${tile('Arrived and proven', `${percent} %`, `${count(totals.arrivedFiles)} of ${count(totals.foundFiles)} files`)}
${tile('Data', bytes(totals.arrivedBytes), `of ${bytes(totals.foundBytes)} found`)}
${tile('Failed', count(totals.failedItems), totals.failedItems === 0 ? 'nothing' : 'items; reasons below')}
${tile('Left out by choice', count(totals.skippedItems), 'items; links, filters, rules')}
</section>
<section><h2>Tasks by state</h2>${stateBar(report)}</section>
<section><h2>What was left behind, and why</h2>${causes(report)}</section>
<section><h2>Tasks</h2>${taskTable(tasks)}</section>
<footer>Written by Portage. “Arrived and proven” counts files that an independent listing of the destination shows with the size and content that were sent.</footer>
</main></body></html>
`
}

function tile(label: string, value: string, note: string): string {
  return `<div class="tile"><span>${text(label)}</span><strong>${text(value)}</strong><span>${text(note)}</span></div>`
}

/** One bar: each state as wide as its share, named below with its number, never told by colour alone. */
function stateBar({ byStatus, tasks }: ProjectReport): string {
  if (tasks.length === 0) return '<p>No tasks.</p>'
  const states = Object.entries(STATUS).flatMap(([status, look]) => {
    const amount = byStatus[status as TaskStatus] ?? 0
    return amount === 0 ? [] : [{ ...look, amount }]
  })
  let x = 0
  const parts = states.map(({ label, color, amount }) => {
    const width = (amount / tasks.length) * 1000
    const part = `<rect x="${x.toFixed(1)}" y="0" width="${Math.max(width - 2, 1).toFixed(1)}" height="28" rx="3" fill="${color}"><title>${text(label)}: ${count(amount)}</title></rect>`
    x += width
    return part
  })
  const names = states.map(
    ({ label, color, amount }) => `<li><i style="background:${color}"></i>${text(label)} <b>${count(amount)}</b></li>`,
  )
  return `<svg viewBox="0 0 1000 28" role="img" aria-label="Tasks by state" preserveAspectRatio="none">${parts.join('')}</svg><ul class="legend">${names.join('')}</ul>`
}

function causes({ causes: found }: ProjectReport): string {
  if (found.length === 0) return '<p>Nothing, as far as the journals of this agent tell.</p>'
  const most = Math.max(...found.map(({ itemCount }) => itemCount))
  const rows = found
    .slice(0, CAUSES_SHOWN)
    .map(
      ({ title, fix, itemCount }) =>
        `<tr><td>${text(title)}</td><td class="n">${count(itemCount)}</td><td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${((itemCount / most) * 100).toFixed(1)}" height="10" rx="2"/></svg></td><td>${text(fix)}</td></tr>`,
    )
  return `<table><thead><tr><th>Reason</th><th class="n">Items</th><th></th><th>What to do</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function taskTable(tasks: readonly ReportedTask[]): string {
  const rows = tasks.slice(0, TASKS_SHOWN).map(
    (task) => `<tr><td><b>${text(task.name)}</b><br><small>${text(task.source)}<br>→ ${text(task.destination)}</small></td>
<td>${text(STATUS[task.status].label)}${task.round === 0 ? '' : ` · R${task.round}`}${task.reason === undefined ? '' : `<br><small>${text(task.reason)}</small>`}</td>
<td class="n">${count(task.arrivedFiles)} / ${count(task.foundFiles)}</td><td class="n">${bytes(task.foundBytes)}</td>
<td class="n">${count(task.failedItems)}</td></tr>`,
  )
  const more = tasks.length > TASKS_SHOWN ? `<p>and ${count(tasks.length - TASKS_SHOWN)} more in the CSV files</p>` : ''
  return `<table><thead><tr><th>Task</th><th>State</th><th class="n">Files arrived</th><th class="n">Size</th><th class="n">Failed</th></tr></thead><tbody>${rows.join('')}</tbody></table>${more}`
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

const count = (value: number): string => value.toLocaleString('en')

function bytes(value: number): string {
  const units = [
    ['TB', TIB],
    ['GB', GIB],
    ['MB', MIB],
    ['KB', KIB],
  ] as const
  for (const [unit, size] of units) if (value >= size) return `${(value / size).toFixed(1)} ${unit}`
  return `${value} B`
}

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 "Segoe UI",system-ui,sans-serif}
body{margin:0;background:light-dark(#f5f5f5,#1b1a19);color:light-dark(#242424,#f3f2f1)}
main{max-width:1080px;margin:0 auto;padding:32px 24px}
h1{margin:0;font-size:30px}h2{font-size:19px;margin:36px 0 12px}header p,footer,small,.tile span{color:light-dark(#5c5c5c,#c8c6c4)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin-top:24px}
.tile{background:light-dark(#fff,#292827);border-radius:6px;padding:16px;display:flex;flex-direction:column}
.tile strong{font-size:28px;font-variant-numeric:tabular-nums}
svg{width:100%;height:28px;display:block}.bar{width:22%}.bar svg{height:10px}.bar rect{fill:#0f6cbd}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;padding:0}.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px}
table{width:100%;border-collapse:collapse;background:light-dark(#fff,#292827);border-radius:6px}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid light-dark(#e0e0e0,#3b3a39);vertical-align:top;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}footer{margin-top:36px;font-size:13px}
@media print{body{background:#fff}tr{break-inside:avoid}}`
