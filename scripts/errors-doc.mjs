// Writes docs/errors.md from src/shared/catalogue/; with --check it only says whether the document is current.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { writeOrCheck } from './generatedDocument.mjs'
import { root } from './run.mjs'

const { errorCatalogue, RESULT_CATEGORIES } = await import(pathToFileURL(path.join(root, 'src/shared/errorCatalogue.ts')).href)

const FAMILIES = {
  SRC: 'Source',
  RULE: 'Rules of the scan',
  DST: 'Destination',
  JOB: 'Imports of packages',
  THR: 'Throttling',
  AUTH: 'Sign-in',
  NET: 'Network',
  JNL: 'Journal',
  CRD: 'Shared task list',
  INPUT: 'What was given to the command',
  VFY: 'Proof',
  INTERNAL: 'Ourselves',
}

const lines = [
  '# Errors',
  '',
  'Generated from `src/shared/catalogue/` by `scripts/errors-doc.mjs`; edit there. Reports show the code in the column *Portage code*.',
  '',
  'Exit codes of a command: 0 done · 1 unexpected failure · 2 wrong usage or input · 3 finished, some items failed · 4 not connected or not allowed · 5 interrupted, resumable. The exit code below is that of a command that ends with the error; an item that fails while others arrive ends it with 3.',
]
const families = new Map()
for (const code of Object.keys(errorCatalogue)) {
  const family = code.split('_')[0]
  if (!FAMILIES[family]) throw new Error(`${code}: its family is not in scripts/errors-doc.mjs.`)
  families.set(family, [...(families.get(family) ?? []), code])
}
for (const [family, codes] of families) {
  lines.push(
    '',
    `## ${FAMILIES[family]}`,
    '',
    '| Code | Means | What to do | Exit | Migration Manager | Result category |',
    '|---|---|---|---|---|---|',
  )
  for (const code of codes) {
    const { title, fix, exitCode, mmCode, stage } = errorCatalogue[code]
    lines.push(`| \`${code}\` | ${title} | ${fix} | ${exitCode} | ${mmCode ?? ''} | ${mmCode ? RESULT_CATEGORIES[stage] : ''} |`)
  }
}
writeOrCheck('docs/errors.md', `${lines.join('\n')}\n`)
