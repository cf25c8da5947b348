import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { graphClient, readBack } from './graphCopy.ts'
import { type Share, writeOfficeShare } from './officeShare.ts'
import { portage } from './portage.ts'
import { type Practice, startPractice, succeed } from './practice.ts'
import { findRclone, openRclone } from './rcloneClient.ts'

/** A share is migrated by the command line, and read back by clients that are not ours. */

/** Every step is a process of its own, on a machine that does other things too. */
const SLOW_MS = 180_000

let workspace: string
let practice: Practice
let share: Share

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-third-party-'))
  const source = path.join(workspace, 'share')
  share = writeOfficeShare(source)
  practice = await startPractice(path.join(workspace, 'tenant'), ['--office-rewrite', '0'])
  const work = ['--work-dir', path.join(workspace, 'agent')]
  await succeed(['connect', '--connection', practice.connectionFile, ...work])
  await succeed(['task', 'add', source, '--to', 'https://contoso.sharepoint.com/sites/finance', '--folder', 'share', ...work])
  const { exitCode, stderr } = await portage(['agent', 'run', '--once', ...work])
  expect([exitCode, stderr]).toEqual([0, ''])
}, SLOW_MS)
afterAll(async () => {
  await practice?.stop()
  fs.rmSync(workspace, { recursive: true, force: true })
})

interface Copy {
  readonly content: Buffer
  readonly modifiedMs: number
}

/** Paths of files that are not as the source has them, with what is wrong; and what the source does not have. */
function differences(copies: ReadonlyMap<string, Copy>): readonly string[] {
  const wrong = [...copies.keys()].filter((name) => !share.has(name)).map((name) => `${name} is not in the source`)
  for (const [name, { content, modifiedMs }] of share) {
    const copy = copies.get(name)
    if (!copy) wrong.push(`${name} is missing`)
    else if (!isSameContent(name, content, copy.content)) wrong.push(`${name} has other content`)
    else if (Math.floor(copy.modifiedMs / 1000) * 1000 !== modifiedMs)
      wrong.push(`${name} was modified ${new Date(copy.modifiedMs).toISOString()}`)
  }
  return wrong
}

/** SharePoint stamps Office documents: then everything that a person wrote must be as it was. */
function isSameContent(name: string, source: Buffer, copy: Buffer): boolean {
  if (source.equals(copy)) return true
  if (!/\.(docx|xlsx|pptx)$/.test(name)) return false
  const stored = unzipSync(copy)
  return Object.entries(unzipSync(source))
    .filter(([part]) => !/^(\[Content_Types\]\.xml|.*\.rels|docProps\/.*)$/.test(part))
    .every(([part, bytes]) => Buffer.from(bytes).equals(stored[part] ?? Buffer.alloc(0)))
}

describe("Microsoft's Graph client", () => {
  test('downloads the library as the source is', { timeout: SLOW_MS }, async () => {
    const token = await practice.token(['--app', '--resource', 'graph'])
    const client = graphClient({ port: practice.port, ca: fs.readFileSync(practice.caFile, 'utf8'), token: token.access_token })
    const contents = new Map<string, Buffer>()
    const root = '/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/share'
    const items = await readBack(client, root, (name, content) => void contents.set(name, content))
    const copies = new Map<string, Copy>()
    for (const { path: name, modifiedMs, isFolder } of items.values())
      if (!isFolder) copies.set(name, { content: contents.get(name) ?? Buffer.alloc(0), modifiedMs })
    expect(differences(copies)).toEqual([])
    const letter = share.get('Letter.docx')?.content
    expect(letter && contents.get('Letter.docx')?.equals(letter)).toBe(false)
  })
})

describe('rclone', () => {
  const found = findRclone()

  test('downloads the library as the source is', { timeout: SLOW_MS }, async (context) => {
    if ('reason' in found) return context.skip(found.reason)
    const target = path.join(workspace, 'rclone')
    const rclone = await openRclone(found.path, practice, workspace)
    await rclone.run(['copy', 'tenant:share', target])
    const copies = new Map<string, Copy>()
    for (const entry of fs.readdirSync(target, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const full = path.join(entry.parentPath, entry.name)
      const name = path.relative(target, full).split(path.sep).join('/')
      copies.set(name, { content: fs.readFileSync(full), modifiedMs: fs.statSync(full).mtimeMs })
    }
    expect(differences(copies)).toEqual([])
  })

  test('asks for nothing that the tenant does not know', async (context) => {
    if ('reason' in found) return context.skip(found.reason)
    const summary = z
      .looseObject({ unknown: z.number(), defects: z.number() })
      .parse(await succeed(['tenant', 'journal', '--port', String(practice.port)]))
    expect([summary.unknown, summary.defects]).toEqual([0, 0])
  })
})
