import path from 'node:path'
import { identityKey } from '../../shared/domain/identity.ts'
import { MigrationError } from '../../shared/errors.ts'
import { parseIdentityFile } from '../adapters/csv/identityFile.ts'
import { identityText } from '../adapters/csv/identityText.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { assertNoProblems } from './identityMap.ts'
import { identityViews } from './identityViews.ts'

const PAGE = 500

type IdentityHandlers = Pick<
  Handlers,
  'identities.list' | 'identities.put' | 'identities.remove' | 'identities.import' | 'identities.export' | 'scans.access'
>

/** What the mapping grid and the access matrix ask for. */
export function createIdentityHandlers(app: App): IdentityHandlers {
  const list = async () => {
    const { environment, service, identities } = app.host()
    const views = await identityViews(
      { workFolder: environment.workFolder, directory: service.directory, identities },
      app.closing,
    )
    return { identities: [...views] }
  }
  return {
    'identities.list': list,
    'identities.put': async ({ rows }) => {
      const keys = new Set(rows.map(({ source }) => identityKey(source)))
      if (keys.size < rows.length)
        throw new MigrationError('INPUT_SETTINGS', 'Two rows are about the same account.', {
          remedy: { kind: 'stopTask' },
          fix: 'Remove one of the two rows.',
        })
      await app.host().identities.put(rows, app.closing)
      return await list()
    },
    'identities.remove': async ({ sources }) => {
      await app.host().identities.remove(sources, app.closing)
      return await list()
    },
    'identities.import': async ({ text }) => {
      const { rows, problems } = parseIdentityFile(text, { rowsMax: Number.POSITIVE_INFINITY })
      assertNoProblems(problems, 'the file')
      await app.host().identities.put(rows, app.closing)
      return await list()
    },
    'identities.export': async () => {
      const rows = await app.host().identities.rows(app.closing)
      return { csv: identityText(rows), rowCount: rows.length }
    },
    'scans.access': async ({ scanId, changedOnly, afterId, limit }) => {
      const journal = readSqliteJournal(path.join(app.environment.workFolder.path, 'scans', scanId, 'scan.sqlite'))
      if (!journal) return { rows: [] }
      try {
        const rows = []
        for (let after = afterId; ; ) {
          const page = journal.access({ afterId: after, limit: PAGE })
          for (const { itemId, matrix } of page) {
            after = itemId
            const relPath = matrix === undefined ? undefined : journal.item(itemId)?.relPath
            if (matrix === undefined || relPath === undefined) continue
            for (const { name, ...row } of matrix)
              if (!changedOnly || row.change !== 'equal')
                rows.push({ path: relPath, ...row, ...(name === undefined ? {} : { name }) })
            if (rows.length >= limit) return { rows, nextAfterId: after }
          }
          if (page.length < PAGE) return { rows }
        }
      } finally {
        journal.close()
      }
    },
  }
}
