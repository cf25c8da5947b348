import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { ItemId } from '../../../shared/domain/ids.ts'
import type { Journal, ScannedItem, Sealer } from '../../engine/ports/journal.ts'
import { openText, sealText } from '../secrets/sealing.ts'
import { copyInThread } from './journalCopyThread.ts'
import { openSqliteJournal, readSqliteJournal } from './sqliteJournal.ts'

/** A journal that travels from one install to another, through the thread that does it. */

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-copy-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const never = new AbortController().signal
const SECRET = 'https://contoso.sharepoint.com/uploadSession?tempauth=eyJhbGciOi'
const shared = randomBytes(32)
const file = (name: string) => path.join(folder, name)

interface Install {
  readonly key: Uint8Array
  readonly sealer: Sealer
}
function install(): Install {
  const key = randomBytes(32)
  const purpose = 'journal'
  return { key, sealer: { seal: (text) => sealText(text, { key, purpose }), open: (text) => openText(text, { key, purpose }) } }
}

function scanned(id: number, name: string): ScannedItem {
  return {
    id: id as ItemId,
    parentId: id === 1 ? undefined : (1 as ItemId),
    depth: id === 1 ? 0 : 1,
    relPath: id === 1 ? '' : name,
    kind: id === 1 ? 'folder' : 'file',
    sizeBytes: 100,
    createdMs: 1,
    modifiedMs: 2,
    isHidden: false,
    fileId: undefined,
    owner: undefined,
    isParentOnly: false,
    destName: name,
    collisionKey: name.toLowerCase(),
    issues: [],
    state: 'scanned',
    errorCode: undefined,
    message: undefined,
  }
}

/** Open, with an upload under way. */
function written(name: string, { sealer }: Install, itemCount = 20): Journal {
  fs.rmSync(file(name), { force: true })
  const journal = openSqliteJournal(file(name), { sealer })
  journal.insertItems(Array.from({ length: itemCount }, (_, index) => scanned(index + 1, `file ${index}.bin`)))
  journal.indexItems()
  journal.record([
    { fact: 'started', id: 2 as ItemId, atMs: 5 },
    { fact: 'sessionOpened', id: 2 as ItemId, url: SECRET, expiresAtMs: 9 },
    { fact: 'sessionAdvanced', id: 2 as ItemId, acceptedBytes: 60, expiresAtMs: undefined },
  ])
  return journal
}

describe('a copy of a journal that is being written', () => {
  test('is the same journal at another install of the connection, upload session included, and shows its secrets to nobody', async () => {
    const [one, other] = [install(), install()]
    const journal = written('one.sqlite', one)
    await copyInThread({ kind: 'pack', from: file('one.sqlite'), to: file('one.copy'), keys: { local: one.key, shared } }, never)
    journal.record([{ fact: 'sessionClosed', id: 2 as ItemId }])
    journal.close()
    const plain = zstdDecompressSync(fs.readFileSync(file('one.copy')))
    expect(plain.includes('uploadSession') || plain.includes('tempauth')).toBe(false)

    await copyInThread(
      { kind: 'unpack', from: file('one.copy'), to: file('other.sqlite'), keys: { local: other.key, shared } },
      never,
    )
    const arrived = openSqliteJournal(file('other.sqlite'), { sealer: other.sealer })
    expect(arrived.item(2 as ItemId)).toMatchObject({ sessionUrl: SECRET, acceptedBytes: 60, state: 'uploading' })
    expect(arrived.items({ afterId: 0, limit: 100 }).length).toBe(20)
    arrived.close()
    expect(fs.readdirSync(folder).filter((name) => /plain|arriving/.test(name))).toEqual([])
  })

  test.each([
    ['without a shared key', undefined, undefined],
    ['with the key of another connection', shared, randomBytes(32)],
  ])('%s the upload begins anew', async (_name, mine, theirs) => {
    const [one, other] = [install(), install()]
    written('two.sqlite', one).close()
    await copyInThread(
      { kind: 'pack', from: file('two.sqlite'), to: file('two.copy'), keys: { local: one.key, shared: mine } },
      never,
    )
    await copyInThread(
      { kind: 'unpack', from: file('two.copy'), to: file('two.sqlite'), keys: { local: other.key, shared: theirs } },
      never,
    )
    const arrived = openSqliteJournal(file('two.sqlite'), { sealer: other.sealer })
    expect(arrived.item(2 as ItemId)).toMatchObject({ sessionUrl: undefined, state: 'uploading', attempts: 1 })
    arrived.close()
  })
})

describe('a copy that somebody has changed', () => {
  const keys = { local: randomBytes(32), shared }

  test.each<[string, () => Buffer]>([
    ['cut short', () => fs.readFileSync(file('bad.copy')).subarray(0, 200)],
    ['of something else', () => zstdCompressSync(Buffer.from('no journal at all'))],
    ['that is nothing', () => Buffer.alloc(0)],
    [
      'with a trigger in it',
      () => {
        fs.writeFileSync(file('evil.sqlite'), zstdDecompressSync(fs.readFileSync(file('bad.copy'))))
        const db = new DatabaseSync(file('evil.sqlite'))
        db.exec('CREATE TRIGGER evil AFTER UPDATE ON item BEGIN DELETE FROM item; END')
        db.close()
        return zstdCompressSync(fs.readFileSync(file('evil.sqlite')))
      },
    ],
  ])('%s is refused, and the journal that was there stays', async (_name, damage) => {
    const one = install()
    written('bad.sqlite', one).close()
    await copyInThread({ kind: 'pack', from: file('bad.sqlite'), to: file('bad.copy'), keys }, never)
    fs.writeFileSync(file('bad.copy'), damage())
    await expect(
      copyInThread({ kind: 'unpack', from: file('bad.copy'), to: file('bad.sqlite'), keys }, never),
    ).rejects.toMatchObject({ code: 'JNL_DAMAGED' })
    const kept = readSqliteJournal(file('bad.sqlite'))
    expect(kept?.items({ afterId: 0, limit: 100 }).length).toBe(20)
    kept?.close()
    fs.rmSync(file('bad.sqlite'))
  })
})
