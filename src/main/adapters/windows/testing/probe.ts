// Runs on Windows (or Wine): makes a small tree with what only Windows has, reads it through our adapters, and writes down what came back.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type koffi from 'koffi'
import { MigrationError } from '../../../../shared/errors.ts'
import type { SourceEntry } from '../../../engine/ports/source.ts'
import { createFileShareSource } from '../../fileshare/fileShareSource.ts'
import { connectShare } from '../shareConnection.ts'
import { listStreams } from '../streams.ts'
import { type ShareConnection, windowsApi } from '../windowsApi.ts'
import { readSddl } from '../windowsFiles.ts'

const [, , answerFile = ''] = process.argv
const root = 'C:\\portage-probe\\share'
const deep = ['deep', 'a'.repeat(120), 'b'.repeat(120), 'c'.repeat(60)].join('\\')
const HIDDEN = 0x2
const READ_ONLY = 0x1

const ffi = createRequire(import.meta.url)('koffi') as typeof koffi
const setAttributes = ffi.load('kernel32.dll').func('bool __stdcall SetFileAttributesW(str16 name, uint32_t attributes)') as (
  path: string,
  attributes: number,
) => boolean

function makeTree(): void {
  fs.rmSync('C:\\portage-probe', { recursive: true, force: true })
  fs.mkdirSync(`\\\\?\\${root}\\${deep}`, { recursive: true })
  fs.writeFileSync(`\\\\?\\${root}\\${deep}\\far.txt`, 'far away')
  fs.mkdirSync(`${root}\\Ünïcode 文`)
  fs.writeFileSync(`${root}\\Ünïcode 文\\plan.txt`, 'plan')
  fs.utimesSync(`${root}\\Ünïcode 文\\plan.txt`, 1_000_000_000, 1_000_000_000.123)
  fs.writeFileSync(`${root}\\hidden.txt`, 'seen')
  fs.writeFileSync(`${root}\\empty`, '')
  setAttributes(`${root}\\hidden.txt`, HIDDEN | READ_ONLY)
  fs.mkdirSync(`${root}\\many`)
  for (let index = 0; index < 1500; index++) fs.writeFileSync(`${root}\\many\\file ${index}.txt`, String(index))
}

async function main(): Promise<unknown> {
  makeTree()
  const { signal } = new AbortController()
  const source = createFileShareSource({ path: root, writerLocks: { isHeld: () => false } })
  const entries: SourceEntry[] = []
  for await (const batch of source.walk({ symlinks: 'skip', signal })) entries.push(...batch)
  const wanted = entries.filter(({ relPath }) => !relPath.startsWith('many/'))
  const contents: Record<string, string> = {}
  for (const { relPath, kind } of wanted) {
    // Wine 8 resolves no path of more than 260 characters; that such files are listed is what is shown here.
    if (kind !== 'file' || relPath.startsWith('deep/')) continue
    const open = await source.open(relPath, signal)
    const parts: Uint8Array[] = []
    for await (const part of open.read(0, open.stamp.sizeBytes, signal)) parts.push(part)
    contents[relPath] = Buffer.concat(parts).toString()
    await open.close()
  }
  const stats = fs.statSync(`${root}\\Ünïcode 文\\plan.txt`, { bigint: true })
  const names = entries.filter(({ relPath }) => relPath.startsWith('many/')).map(({ name }) => name)
  return {
    entries: wanted,
    contents,
    many: { count: names.length, digest: createHash('sha256').update(names.sort().join('/')).digest('hex') },
    nodeSays: { modifiedMs: Number(stats.mtimeMs), createdMs: Number(stats.birthtimeMs), fileId: `${stats.dev}:${stats.ino}` },
    sddl: readSddl(windowsApi(), `${root}\\hidden.txt`),
    accounts: ['S-1-5-18', 'S-1-1-0', 'S-1-5-21-9-9-9-9'].map((sid) => windowsApi().accountOf(sid, null)),
    streams: listStreams(windowsApi(), `${root}\\hidden.txt`),
    refused: sayRefusal(),
    connection: await sayConnection(),
    members: windowsApi()
      .localGroupMembers('Users', null)
      ?.map((name) => ({ name, sid: windowsApi().sidOf(name, null) })),
    nobody: windowsApi().sidOf('nobody at all', null),
  }
}

function sayRefusal(): unknown {
  try {
    return readSddl(windowsApi(), path.win32.join(root, 'not there'))
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error)
  }
}

/** No server is there to let anybody in. */
async function sayConnection(): Promise<unknown> {
  const login = { user: 'reader', domain: 'CORP', password: 'Pässword-文' }
  const seen: number[] = []
  const passwords: Buffer[] = []
  const api = {
    async addConnection(connection: ShareConnection) {
      passwords.push(connection.password)
      const windowsCode = await windowsApi().addConnection(connection)
      seen.push(windowsCode)
      return windowsCode
    },
  }
  const thrown = await connectShare(api, { server: 'nowhere.invalid', share: 'data' }, login).catch((error: unknown) => error)
  const isWiped = passwords.length === 1 && passwords.every((password) => password.every((byte) => byte === 0))
  if (!(thrown instanceof MigrationError)) return { seen, isWiped, other: String(thrown) }
  return { seen, isWiped, code: thrown.code, message: thrown.message, fix: thrown.fix }
}

main().then(
  (value) => fs.writeFileSync(answerFile, JSON.stringify({ value })),
  (error: unknown) =>
    fs.writeFileSync(answerFile, JSON.stringify({ error: error instanceof Error ? error.stack : String(error) })),
)
