import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type BulkMigration, FINANCE, openBulkMigration } from '../../host/testing/bulkMigration.ts'

let tenant: RunningTenant
let bulk: BulkMigration
beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  bulk = await openBulkMigration(tenant.connectionFile)
}, 60_000)
afterAll(async () => {
  await bulk?.close()
  await tenant?.close()
})

const tokenSchema = z.object({ access_token: z.string() })
const itemSchema = z.looseObject({ name: z.string(), package: z.object({ type: z.string() }).optional() })
type Item = z.infer<typeof itemSchema>

/** An item as Graph shows it to anybody. */
async function shown(library: string, name: string): Promise<Item> {
  const token = tokenSchema.parse(
    await tenant.control('/identity/token', {
      method: 'POST',
      body: { app: 'Portage practice', resource: 'https://graph.microsoft.com' },
    }),
  ).access_token
  const { signal } = new AbortController()
  const spec = { kind: 'library', siteUrl: FINANCE, library, folder: '' } as const
  const { driveId } = (await bulk.service.destinations.open(spec, { createMissing: false, signal })).place
  const host = 'graph.microsoft.com'
  const body = await new Promise<string>((resolve, reject) => {
    https
      .get(
        {
          host: '127.0.0.1',
          port: tenant.port,
          servername: host,
          path: `/v1.0/drives/${driveId}/root:/${encodeURIComponent(name)}`,
          ca: fs.readFileSync(tenant.caFile),
          headers: { host, authorization: `Bearer ${token}` },
        },
        (reply) => resolve(text(reply)),
      )
      .on('error', reject)
  })
  return itemSchema.parse(JSON.parse(body))
}

function put(root: string, name: string, content: string, year = 2021): void {
  const file = path.join(root, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
  const time = Date.UTC(year, 0, 1) / 1000
  fs.utimesSync(file, time, time)
}

test.each(['session', 'package'] as const)(
  'a notebook is one at the destination by %s, also after a round that changes it',
  async (route) => {
    const root = path.join(bulk.folder, `notes-${route}`)
    put(root, "Ann's notes/Open Notebook.onetoc2", 'table')
    put(root, "Ann's notes/Ideas.one", 'ideas')
    put(root, "Ann's notes/Group/Open Notebook.onetoc2", 'table')
    put(root, "Ann's notes/Group/Plans.one", 'plans')
    put(root, 'Mixed/Open Notebook.onetoc2', 'table')
    put(root, 'Mixed/readme.txt', 'not a notebook')
    const library = `Notes ${route}`
    const first = await bulk.migrate(root, library, { settings: { route } })
    expect(first.outcome).toMatchObject({ status: 'completed' })
    expect((await shown(library, "Ann's notes")).package).toEqual({ type: 'oneNote' })
    // After an upload the service itself takes a folder with a table of contents for a notebook; an import leaves that to us.
    if (route === 'package') expect((await shown(library, 'Mixed')).package).toBeUndefined()
    expect(first.journal.itemAt('Mixed')?.issues).toEqual([])
    const noted = first.journal.itemAt("Ann's notes")?.issues.filter(({ code }) => code === 'RULE_NOTEBOOK')
    expect(noted).toEqual([
      { code: 'RULE_NOTEBOOK', effect: 'warns', detail: 'It is a notebook of OneNote, at the destination too.' },
    ])
    expect(first.journal.itemAt("Ann's notes/Group")?.issues).toEqual([])

    put(root, "Ann's notes/Ideas.one", 'other ideas', 2022)
    put(root, "Ann's notes/New.one", 'new section', 2022)
    const second = await bulk.migrate(root, library, {
      settings: { route, whenDestinationExists: 'overwrite' },
      round: 1,
      previous: first.journal,
    })
    expect([second.outcome.status, second.outcome.reason]).toEqual(['completed', undefined])
    expect((await shown(library, "Ann's notes")).package).toEqual({ type: 'oneNote' })
    const listed = await bulk.listed(library)
    expect([...listed.keys()].filter((name) => name.endsWith('.one')).sort()).toEqual([
      "Ann's notes/Group/Plans.one",
      "Ann's notes/Ideas.one",
      "Ann's notes/New.one",
    ])
    expect(listed.get("Ann's notes/Ideas.one")?.sizeBytes).toBe('other ideas'.length)
    first.journal.close()
    second.journal.close()
  },
)
