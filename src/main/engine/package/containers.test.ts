import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { CONTAINER_LIFE_MS } from '../../../shared/limits.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { ImportContainers } from '../ports/importService.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { InstantClock } from '../testing/instantClock.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { openContainers, sealContainers } from './containers.ts'

let folder: string
let journal: Journal
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-containers-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** Containers that live as long as they are told to, from the moment at which they are provided. */
class MortalImports extends MemoryImports {
  provisions = 0
  lifeMs: (provision: number) => number = () => CONTAINER_LIFE_MS
  clock = new InstantClock()

  override async provision(): Promise<ImportContainers> {
    const containers = await super.provision()
    return { ...containers, expiresAtMs: this.clock.now() + this.lifeMs(++this.provisions) }
  }
}

async function run(arrange: (service: { imports: MortalImports; destination: MemoryDestination }) => void) {
  const source = new MemorySource()
  for (let index = 0; index < 310; index++) source.put(`d${index % 9}/f${index}`, `content ${index}`)
  const destination = new MemoryDestination({ maxSessionsPerCall: 20 })
  const imports = new MortalImports(destination)
  arrange({ imports, destination })
  const outcome = await runTest({ journal, source, destination, clock: imports.clock })
  const files = [...destination.nodes.values()].filter((node) => node.kind === 'file')
  return {
    status: outcome.status,
    routes: Object.fromEntries(journal.totals().byRoute.map(({ route, itemCount }) => [route, itemCount])),
    stored: files.length,
    doubled: files.filter((node) => node.contentCount > 1).length,
    provisions: imports.provisions,
    submitted: imports.submissions.flat().length,
  }
}

describe('containers that expire', () => {
  test('before their package is submitted: it is made again in new ones', async () => {
    const { provisions, submitted, ...end } = await run(({ imports }) => {
      imports.lifeMs = (provision) => (provision === 1 ? 1000 : CONTAINER_LIFE_MS)
    })
    expect(end).toEqual({ status: 'completed', routes: { package: 310 }, stored: 310, doubled: 0 })
    expect([provisions, submitted]).toEqual([3, 310])
  })

  test('in the middle of a package: it is made again in new ones', async () => {
    let isRefused = false
    const { provisions, ...end } = await run(({ destination }) => {
      destination.onCall = ({ name, when }) => {
        if (isRefused || when !== 'before' || !/^(putContent|storeArchive|putManifest)$/.test(name)) return
        isRefused = true
        throw new MigrationError('JOB_CONTAINER_REFUSED', 'The address has expired.', { remedy: { kind: 'lookFirst' } })
      }
    })
    expect(end).toEqual({ status: 'completed', routes: { package: 310 }, stored: 310, doubled: 0, submitted: 310 })
    expect(provisions).toBe(3)
  })

  test('every time: the route is given up, and everything goes the other way', async () => {
    const { provisions, ...end } = await run(({ imports }) => {
      imports.lifeMs = () => 1000
    })
    expect(end).toEqual({ status: 'completed', routes: { session: 310 }, stored: 310, doubled: 0, submitted: 0 })
    expect(provisions).toBeLessThanOrEqual(6)
  })
})

test('what is sealed comes back, and what is forgotten is not made up', () => {
  const containers = { dataUri: 'https://a/d?sig=1', manifestUri: 'https://a/m?sig=2', encryptionKey: 'key', expiresAtMs: 7 }
  expect(openContainers(sealContainers(containers))).toEqual(containers)
  expect([openContainers(undefined), openContainers('null'), openContainers('{"dataUri":1}')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
