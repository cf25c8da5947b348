import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createFileShareSource } from '../src/main/adapters/fileshare/fileShareSource.ts'
import { openSqliteJournal } from '../src/main/adapters/sqlite/sqliteJournal.ts'
import { scanSource } from '../src/main/engine/engine.ts'
import { compileGlobs } from '../src/main/host/engineDeps.ts'
import { systemClock } from '../src/main/host/systemRuntime.ts'
import { taskSettingsSchema } from '../src/shared/domain/settings.ts'

/** One walk or one scan in a process of its own, so that its memory is its own: `scanOnce.ts walk|scan FOLDER` prints {files, seconds, peakMb}. */

const never = new AbortController().signal

async function walk(root: string): Promise<number> {
  let files = 0
  for await (const entries of createFileShareSource({ path: root }).walk({ symlinks: 'skip', signal: never }))
    for (const entry of entries) if (entry.kind === 'file') files++
  return files
}

/** Walk, rules and journal, as a task begins. */
async function scan(root: string): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-scan-'))
  const journal = openSqliteJournal(path.join(folder, 'scan.sqlite'), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  try {
    const outcome = await scanSource(
      {
        journal,
        openSource: (spec) => createFileShareSource({ path: spec.path }),
        compileGlobs,
        clock: systemClock,
        logger: { log: () => undefined },
      },
      { source: { kind: 'fileShare', path: root }, settings: taskSettingsSchema.parse({}) },
      { agentName: 'bench', drainSignal: never, signal: never, onProgress: () => undefined },
    )
    if (outcome.error) throw outcome.error
    return outcome.progress.scannedFiles
  } finally {
    journal.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const [mode, root = ''] = process.argv.slice(2)
const startedAt = performance.now()
const files = await (mode === 'walk' ? walk(root) : scan(root))
const seconds = (performance.now() - startedAt) / 1000
console.log(JSON.stringify({ files, seconds, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }))
