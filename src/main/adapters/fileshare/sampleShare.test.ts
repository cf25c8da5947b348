import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { createFileShareSource } from './fileShareSource.ts'
import { type SampleShare, writeSampleShare } from './sampleShare.ts'

describe('the sample share', () => {
  const signal = new AbortController().signal
  let workspace: string
  let share: SampleShare
  let entries: SourceEntry[]

  beforeAll(async () => {
    workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-sample-'))
    share = await writeSampleShare(path.join(workspace, 'share'), 1)
    entries = []
    for await (const batch of createFileShareSource({ path: share.path }).walk({ symlinks: 'skip', signal }))
      entries.push(...batch)
  })

  afterAll(() => {
    share.lock.close()
    fs.rmSync(workspace, { recursive: true })
  })

  const codesOf = (code: string) => entries.filter(({ issue }) => issue?.code === code).map(({ relPath }) => relPath)

  test('has about 300 files, at most 30 MiB, in three folders', () => {
    const files = entries.filter(({ kind }) => kind === 'file')
    expect(files.length).toBeGreaterThan(260)
    expect(files.length).toBeLessThan(400)
    expect(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(30 * 1024 * 1024)
    expect(fs.readdirSync(share.path).sort()).toEqual(['Finance', 'Projects', 'Team archive'])
  })

  test.runIf(process.platform === 'linux')('has one of everything that makes migrations fail', () => {
    expect(codesOf('SRC_SYMLINK')).toHaveLength(5)
    expect(codesOf('SRC_SPECIAL_FILE')).toEqual(['Projects/Links/pipe'])
    expect(codesOf('SRC_NAME_UNREADABLE')).toEqual(['Team archive/World/caf\\xE9.txt'])
    const paths = entries.map(({ relPath }) => `sites/projects/Shared Documents/${relPath}`.length)
    expect(Math.max(...paths)).toBeGreaterThan(400)
    expect(paths.some((length) => length > 360 && length <= 400)).toBe(true)
    for (const name of ['A.txt', 'a.txt', 'report?.txt', 'CON.txt', '~$lock.docx', 'trailing dot.']) {
      expect(entries.filter((entry) => entry.name === name)).toHaveLength(1)
    }
    expect(entries.some(({ modifiedMs = 0 }) => modifiedMs < Date.UTC(1980, 0))).toBe(true)
  })

  test.runIf(process.platform === 'linux')('the locked workbook is locked until the lock is closed', async () => {
    const locked = 'Finance/Payroll/Payroll 2024 (open in Excel).xlsx'
    const open = () => createFileShareSource({ path: share.path }).open(locked, signal)
    expect(share.description).toContain('One workbook is locked for writing by another program.')
    await expect(open()).rejects.toMatchObject({ code: 'SRC_LOCKED' })
    share.lock.close()
    await expect
      .poll(() =>
        open()
          .then((file) => file.close())
          .then(
            () => 'open',
            () => 'locked',
          ),
      )
      .toBe('open')
  })

  test('its Office files are packages whose relations lead to parts that exist', () => {
    for (const name of [
      'Projects/Alpha/Alpha kick-off.pptx',
      'Projects/Alpha/Minutes/Minutes 1.docx',
      'Finance/Budgets/Budget 2019.xlsx',
    ]) {
      const parts = unzipSync(fs.readFileSync(path.join(share.path, name)))
      const types = Buffer.from(parts['[Content_Types].xml'] ?? []).toString()
      for (const [, part = ''] of types.matchAll(/PartName="\/([^"]+)"/g)) expect(Object.keys(parts)).toContain(part)
      for (const [part, bytes] of Object.entries(parts)) {
        const relations = /^(.*?)_rels\/[^/]*\.rels$/.exec(part)
        for (const [, target = ''] of Buffer.from(bytes)
          .toString()
          .matchAll(/Target="([^"]+)"/g)) {
          if (relations !== null) expect(Object.keys(parts)).toContain(path.posix.join(relations[1] ?? '', target))
        }
      }
    }
  })

  test('the same seed gives the same bytes, another one does not', async () => {
    const digestOf = async (seed: number) => {
      const twin = await writeSampleShare(path.join(workspace, `twin ${seed}`), seed)
      twin.lock.close()
      const hash = createHash('sha256')
      for (const file of [
        'Projects/Bridge/Survey/site scan.bin',
        'Finance/Budgets/Budget 2019.xlsx',
        'Team archive/Photos/IMG_4001.png',
      ]) {
        hash.update(fs.readFileSync(path.join(twin.path, file))).update(String(fs.statSync(path.join(twin.path, file)).mtimeMs))
      }
      fs.rmSync(twin.path, { recursive: true })
      return hash.digest('hex')
    }
    expect(await digestOf(7)).toBe(await digestOf(7))
    expect(await digestOf(8)).not.toBe(await digestOf(7))
  })

  test('a folder that holds something is never written into', async () => {
    await expect(writeSampleShare(share.path, 1)).rejects.toThrow('is not empty')
  })
})
