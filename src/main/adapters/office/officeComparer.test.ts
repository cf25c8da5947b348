import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { strToU8, unzipSync, type Zippable, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ContentPair } from '../../engine/ports/contentComparer.ts'
import { canonicalOfficePart } from '../../engine/verify/officeParts.ts'
import { createFileShareSource } from '../fileshare/fileShareSource.ts'
import { wordDocument, workbook } from '../fileshare/sampleOffice.ts'
import { createOfficeComparer } from './officeComparer.ts'

let root: string
const signal = new AbortController().signal

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-office-'))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

const comparer = createOfficeComparer({ canonicalPart: canonicalOfficePart })

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

function compare(
  sent: Uint8Array,
  stored: Uint8Array,
  options: { readonly of?: ContentPair['of']; readonly pieceBytes?: number } = {},
) {
  fs.writeFileSync(path.join(root, 'file'), sent)
  const pair: ContentPair = {
    source: createFileShareSource({ path: root }),
    relPath: 'file',
    destination: { download: () => inPieces(stored, options.pieceBytes ?? 1000) },
    itemId: '1',
    of: options.of ?? 'parts',
  }
  return comparer.compare(pair, signal)
}

function insertBefore(parts: Record<string, Uint8Array>, name: string, mark: string, text: string): void {
  const part = parts[name]
  if (part !== undefined)
    parts[name] = strToU8(
      Buffer.from(part)
        .toString()
        .replace(mark, text + mark),
    )
}

/** A service that stores the parts anew: other order, other packing, properties of its own and what points to them. */
function rewritten(bytes: Uint8Array, change: (parts: Record<string, Uint8Array>) => void = () => undefined): Uint8Array {
  const parts = unzipSync(bytes)
  change(parts)
  insertBefore(parts, '[Content_Types].xml', '</Types>', '<Override PartName="/docProps/custom.xml" ContentType="c"/>')
  insertBefore(parts, '_rels/.rels', '</Relationships>', '<Relationship Id="rId9" Type="t" Target="docProps/custom.xml"/>')
  const files: Zippable = { 'docProps/custom.xml': strToU8('<p/>'), 'customXml/item1.xml': strToU8('<x/>') }
  for (const name of Object.keys(parts).reverse())
    files[name] = [parts[name] ?? new Uint8Array(0), { level: name.endsWith('.rels') ? 0 : 9 }]
  return zipSync(files)
}

const document = wordDocument(['Budget', 'for next year'])

describe('parts of a package', () => {
  test('that was packed anew with the service’s own parts are equal', async () => {
    expect(await compare(document, rewritten(document))).toEqual({
      kind: 'equalParts',
      reason: 'All 3 parts that people make are equal.',
    })
  })

  test('are compared in their canonical form when their bytes differ', async () => {
    const sheet = workbook([['a', 1]])
    const settle = (parts: Record<string, Uint8Array>) => {
      const text = Buffer.from(parts['xl/workbook.xml'] ?? []).toString()
      parts['xl/workbook.xml'] = strToU8(text.replace('</workbook>', '<calcPr calcId="1"/></workbook>'))
    }
    expect(await compare(sheet, rewritten(sheet, settle))).toMatchObject({ kind: 'equalParts' })
  })

  test.each([
    [
      'changed',
      (parts: Record<string, Uint8Array>) => {
        parts['word/document.xml'] = strToU8('<w:document/>')
      },
      'The part "word/document.xml" differs.',
    ],
    [
      'missing',
      (parts: Record<string, Uint8Array>) => {
        delete parts['word/document.xml']
      },
      'The part "word/document.xml" is missing at the destination.',
    ],
    [
      'added',
      (parts: Record<string, Uint8Array>) => {
        parts['word/comments.xml'] = strToU8('<c/>')
      },
      'The destination has a part "word/comments.xml" that the source has not.',
    ],
  ])('one %s part is a difference', async (_title, change, reason) => {
    expect(await compare(document, rewritten(document, change))).toEqual({ kind: 'different', reason })
  })

  test('that are damaged at the destination are never equal, although the list of parts says so', async () => {
    const stored = Buffer.from(zipSync({ 'word/document.xml': [strToU8('x'.repeat(5000)), { level: 0 }] }))
    const damaged = Buffer.from(stored)
    damaged[1000] = 0x79
    expect(await compare(stored, damaged)).toMatchObject({ kind: 'different', reason: expect.stringContaining('damaged') })
    const packed = Buffer.from(
      zipSync({ 'word/document.xml': strToU8(Array.from({ length: 900 }, (_, at) => `<w:p n="${at * at}"/>`).join('')) }),
    )
    const broken = Buffer.from(packed)
    broken.fill(0xff, 100, 140)
    expect(await compare(packed, broken)).toMatchObject({ kind: 'cannotTell', reason: expect.stringContaining('damaged part') })
  })

  test.each([
    ['an older format', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    ['an empty file', Buffer.alloc(0)],
    ['half a package', Buffer.from(document).subarray(0, 600)],
    ['a list of parts that lies', Buffer.concat([Buffer.from(document).subarray(-200)])],
  ])('%s cannot be told, on either side', async (_title, bytes) => {
    expect(await compare(bytes, document)).toMatchObject({
      kind: 'cannotTell',
      reason: expect.stringMatching(/^The source file .+\.$/),
    })
    expect(await compare(document, bytes)).toMatchObject({
      kind: 'cannotTell',
      reason: expect.stringMatching(/^The file at the destination .+\.$/),
    })
  })

  test('a part that unpacks to more than it says is stopped', async () => {
    const bomb = Buffer.from(zipSync({ a: strToU8('0'.repeat(3_000_000)) }))
    const directoryAt = bomb.readUInt32LE(bomb.length - 22 + 16)
    bomb.writeUInt32LE(10, directoryAt + 24)
    expect(await compare(bomb, bomb)).toMatchObject({ kind: 'cannotTell', reason: expect.stringContaining('damaged part "a"') })
  })

  test('large downloads go through a temporary file that is gone afterwards', async () => {
    const noise = Buffer.alloc(18 * 1024 * 1024, (await import('node:crypto')).randomBytes(9973))
    const large = zipSync({ 'word/media/film.mp4': [noise, { level: 0 }], 'word/document.xml': strToU8('<w/>') })
    const temporary = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('portage-compare-'))
    const before = temporary()
    expect(await compare(large, rewritten(large), { pieceBytes: 300_000 })).toMatchObject({ kind: 'equalParts' })
    expect(temporary()).toEqual(before)
  })
})

describe('bytes', () => {
  const sent = Buffer.alloc(2_500_000, 'abcdefg')

  test('that are all equal, whatever the pieces', async () => {
    for (const pieceBytes of [997, 1_048_576, 5_000_000]) {
      expect(await compare(sent, sent, { of: 'bytes', pieceBytes })).toEqual({
        kind: 'equalBytes',
        reason: 'All 2500000 bytes are equal.',
      })
    }
    expect(await compare(new Uint8Array(0), new Uint8Array(0), { of: 'bytes' })).toMatchObject({ kind: 'equalBytes' })
  })

  test('one other, one more or one less is a difference', async () => {
    const changed = Buffer.from(sent)
    changed[2_000_000] = 0
    for (const stored of [
      changed,
      Buffer.concat([sent, Buffer.of(1)]),
      sent.subarray(1),
      sent.subarray(0, -1),
      new Uint8Array(0),
    ]) {
      expect(await compare(sent, stored, { of: 'bytes' })).toMatchObject({ kind: 'different' })
    }
  })
})

test('errors of the download pass through and leave nothing open', async () => {
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('PK')
    throw new Error('connection lost')
  }
  fs.writeFileSync(path.join(root, 'file'), document)
  const pair: ContentPair = {
    source: createFileShareSource({ path: root }),
    relPath: 'file',
    destination: { download: failing },
    itemId: '1',
    of: 'parts',
  }
  await expect(comparer.compare(pair, signal)).rejects.toThrow('connection lost')
})
