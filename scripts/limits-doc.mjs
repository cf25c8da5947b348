// Writes docs/limits.md from src/shared/limits.ts; with --check it only says whether the document is current.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { writeOrCheck } from './generatedDocument.mjs'
import { root } from './run.mjs'

const source = path.join(root, 'src/shared/limits.ts')

/** What a tag in brackets stands for. A tag that is not here fails the generator. */
const SOURCES = {
  'custom-script': ['Allow or prevent custom script', 'learn.microsoft.com/sharepoint/allow-or-prevent-custom-script'],
  'azure-blocks': [
    'Understanding block blobs',
    'learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs',
  ],
  'graph-batch': ['Combine multiple requests in one HTTP call using JSON batching', 'learn.microsoft.com/graph/json-batching'],
  'graph-filter': ['Advanced query capabilities on directory objects', 'learn.microsoft.com/graph/aad-advanced-queries'],
  'graph-put-content': ['Upload or replace the contents of a driveItem', 'learn.microsoft.com/graph/api/driveitem-put-content'],
  'graph-upload-session': ['driveItem: createUploadSession', 'learn.microsoft.com/graph/api/driveitem-createuploadsession'],
  lists: [
    'SharePoint lists as a coordination store: column sizes, thresholds, cost of a heartbeat',
    'section C of the protocol reference',
  ],
  'mig-content': ['migration-content-package', 'learn.microsoft.com/sharepoint/dev/apis/migration-content-package'],
  'mig-over23': ['Migration API overview, December 2023', 'github.com/SharePoint/sp-dev-docs, commit c68853f15'],
  'mig-perm': [
    'Understanding permissions when migrating',
    'learn.microsoft.com/sharepointmigration/understanding-permissions-when-migrating',
  ],
  'mig-progress': [
    'Migration job progress',
    'github.com/SharePoint/sp-dev-docs, docs/apis/migration-job-progress-api-reference.md',
  ],
  'mig-speed': [
    'SharePoint and OneDrive migration speed',
    'learn.microsoft.com/sharepointmigration/sharepoint-online-and-onedrive-migration-speed',
  ],
  'mm-faqs': ['Migration Manager FAQs', 'learn.microsoft.com/sharepointmigration/mm-faqs'],
  'mm-file-size': ['Migration Manager file size limitations', 'learn.microsoft.com/sharepointmigration/mm-file-size-limitations'],
  'mm-scan-risks': ['SharePoint migration scan risk codes', 'learn.microsoft.com/sharepointmigration/spmt-scan-risk-codes'],
  msal: ['Microsoft Authentication Library for JavaScript', 'github.com/AzureAD/microsoft-authentication-library-for-js'],
  names: [
    'Restrictions and limitations in OneDrive and SharePoint',
    'support.microsoft.com, article 64883a5d-228e-48f5-b3d2-eb39e07630fa',
  ],
  'onedrive-api-docs': [
    'OneDrive API issues 1073, 1260, 1570: life of upload sessions',
    'github.com/OneDrive/onedrive-api-docs/issues',
  ],
  ours: ['A choice of Portage', 'no outside source'],
  performance: ['Measured by us', 'bench/'],
  rclone: ['rclone, OneDrive backend and its documentation', 'rclone.org/onedrive'],
  'smart-copy': ['SharePoint Smart Copy, public change log', 'github'],
  throttle: ['Avoid getting throttled or blocked in SharePoint Online', 'learn.microsoft.com/sharepoint/dev/general-development'],
  times: ['Unsupported timestamps, 0x01110011', 'learn.microsoft.com/sharepointmigration/mm-troubleshoot'],
}

const KINDS = ['Hard', 'Advised', 'Observed', 'Ours']

/** `{group, name, docs}` of every exported constant, in order. Anything that does not have the form of an entry is an error. */
function readEntries(text) {
  const entries = []
  let group
  let docs
  for (const [index, line] of text.split('\n').entries()) {
    const fail = (what) => {
      throw new Error(`src/shared/limits.ts:${index + 1}: ${what}`)
    }
    const heading = /^\/\/ ## (.+)$/.exec(line)
    const oneLine = /^\/\*\* (.+) \*\/$/.exec(line)
    const constant = /^export const ([A-Z0-9_]+) = /.exec(line)
    if (heading) group = heading[1]
    else if (oneLine && group) docs = oneLine[1]
    else if (constant) {
      if (!group || !docs) fail(`${constant[1]} has no group or no docstring on the line above it.`)
      const form = /^(.+?[.)]) (Hard|Advised|Observed|Ours)(?:: (.+?))?\. \[([a-z0-9-]+)\]$/.exec(docs)
      if (!form) fail(`${constant[1]}: write "what it is. ${KINDS.join('|')}: effect above it. [tag]".`)
      const [, what, kind, effect, tag] = form
      if (!SOURCES[tag]) fail(`${constant[1]}: the tag [${tag}] is not in scripts/limits-doc.mjs.`)
      entries.push({ group, name: constant[1], what, kind, effect: effect ?? '', tag })
      docs = undefined
    } else if (docs) fail('a docstring is not followed by its constant.')
  }
  return entries
}

const UNITS = [
  [/_BYTES$/, (value) => size(value)],
  [/_MS$/, (value) => duration(value)],
  [/_UTF16$/, (value) => `${group(value)} UTF-16 units`],
  [/_RU(_PER_MINUTE)?$/, (value, name) => `${group(value)} RU${name.endsWith('_MINUTE') ? ' per minute' : ''}`],
  [/_SHARE$/, (value) => `${value * 100} %`],
]

const group = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 3 })

function scaled(value, units, rest) {
  const unit = units.find(([factor]) => value >= factor && Number.isInteger((value / factor) * 4))
  return unit ? `${group(value / unit[0])} ${unit[1]}` : rest
}

const size = (bytes) =>
  scaled(
    bytes,
    [
      [2 ** 30, 'GiB'],
      [2 ** 20, 'MiB'],
      [2 ** 10, 'KiB'],
    ],
    `${group(bytes)} bytes`,
  )
const duration = (ms) =>
  scaled(
    ms,
    [
      [86_400_000, 'd'],
      [3_600_000, 'h'],
      [60_000, 'min'],
      [1000, 's'],
    ],
    `${group(ms)} ms`,
  )

function valueText(name, value) {
  if (name === 'FILE_TIME_MIN_MS') return new Date(value).toISOString()
  const unit = UNITS.find(([pattern]) => pattern.test(name))
  return unit ? unit[1](value, name) : group(value)
}

const entries = readEntries(fs.readFileSync(source, 'utf8'))
const values = await import(pathToFileURL(source).href)
const exported = Object.keys(values)
const missing = exported.filter((name) => !entries.some((entry) => entry.name === name))
if (entries.length === 0 || missing.length > 0)
  throw new Error(`src/shared/limits.ts: no entry was read for ${missing.join(', ') || 'anything'}.`)

const lines = [
  '# Limits',
  '',
  'Generated from `src/shared/limits.ts` by `scripts/limits-doc.mjs`; edit there.',
  '',
  '**Hard**: the service refuses what is above it. **Advised**: the service asks for it. **Observed**: seen, not documented. **Ours**: a choice of Portage.',
]
for (const heading of new Set(entries.map((entry) => entry.group))) {
  lines.push(
    '',
    `## ${heading}`,
    '',
    '| Name | Value | Kind | What it is | Effect above it, or why | Source |',
    '|---|---|---|---|---|---|',
  )
  for (const entry of entries.filter((candidate) => candidate.group === heading)) {
    lines.push(
      `| \`${entry.name}\` | ${valueText(entry.name, values[entry.name])} | ${entry.kind} | ${entry.what} | ${entry.effect} | [${entry.tag}] |`,
    )
  }
}
lines.push(
  '',
  '## Sources',
  '',
  'Tags in brackets, here and in docstrings of limits.',
  '',
  '| Tag | Title | Where |',
  '|---|---|---|',
)
for (const tag of Object.keys(SOURCES).sort()) {
  if (entries.some((entry) => entry.tag === tag)) lines.push(`| [${tag}] | ${SOURCES[tag][0]} | ${SOURCES[tag][1]} |`)
}
writeOrCheck('docs/limits.md', `${lines.join('\n')}\n`)
