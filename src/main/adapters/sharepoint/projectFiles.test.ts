import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { MIB } from '../../../shared/units.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { FileContent } from '../../engine/ports/projectFiles.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

/** The library of the project, over the wire, as two installs use it. */

const never = new AbortController().signal
let tenant: RunningTenant
let one: Service
let other: Service

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  one = await connectTo(tenant.connectionFile)
  other = await connectTo(tenant.connectionFile)
})
afterAll(async () => {
  await one?.close()
  await other?.close()
  await tenant?.close()
})

function contentOf(sizeBytes: number, seed: number): FileContent & { readonly sha256: string; readonly reads: number[] } {
  const bytes = Buffer.alloc(sizeBytes, `${seed} is the seed of these bytes; `)
  const reads: number[] = []
  return {
    sizeBytes,
    reads,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async read(start, length) {
      reads.push(length)
      return bytes.subarray(start, start + length)
    },
  }
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of bytes) hash.update(part)
  return hash.digest('hex')
}

const journalSchema = z.object({ rows: z.array(z.looseObject({ method: z.string(), path: z.string(), status: z.number() })) })

test('two installs make one hidden library, at once and again', async () => {
  await Promise.all([one.files.prepare(never), other.files.prepare(never)])
  await Promise.all([one.files.prepare(never), other.files.prepare(never)])
  const { rows } = journalSchema.parse(await tenant.control('/journal?limit=10000'))
  const made = rows.filter(({ method, path, status }) => method === 'POST' && path.endsWith('/lists') && status === 201)
  expect(made.length).toBe(1)
})

test('of two that take a name one gets it; the other is told, whoever asks sees the first', async () => {
  const mine = contentOf(1000, 1)
  const puts = await Promise.all([
    one.files.put('a/b/first.bin', mine, { condition: { kind: 'absent' }, signal: never }),
    other.files.put('a/b/first.bin', contentOf(1000, 2), { condition: { kind: 'absent' }, signal: never }),
  ])
  expect(puts.filter((put) => put !== undefined).length).toBe(1)
  const won = puts[0] ? mine : contentOf(1000, 2)
  const found = await other.files.open('a/b/first.bin', never)
  if (!found) throw new Error('not there')
  expect(await hashOf(found.bytes)).toBe(won.sha256)
  // The same content again is no conflict: a lost answer looks like that.
  expect((await one.files.put('a/b/first.bin', won, { condition: { kind: 'absent' }, signal: never }))?.eTag).toBe(
    found.file.eTag,
  )
  expect((await other.files.list('a/b', never)).map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
    ['a/b/first.bin', 1000],
  ])
})

test('a file is replaced only in the state in which it was seen', async () => {
  const first = await one.files.put('c.bin', contentOf(10, 1), { condition: { kind: 'none' }, signal: never })
  const eTag = first?.eTag ?? ''
  const second = await other.files.put('c.bin', contentOf(11, 2), { condition: { kind: 'unchanged', eTag }, signal: never })
  expect(second?.sizeBytes).toBe(11)
  expect(
    await one.files.put('c.bin', contentOf(12, 3), { condition: { kind: 'unchanged', eTag }, signal: never }),
  ).toBeUndefined()
  expect((await one.files.open('c.bin', never))?.file.eTag).toBe(second?.eTag)
})

test('a large file goes in fragments, survives lost answers, and holds a fragment in memory at a time', async () => {
  const large = contentOf(23 * MIB + 5, 7)
  const lostAnswer = {
    name: 'lost',
    when: { path: '*uploadSession*', method: 'PUT', calls: [2] },
    do: { action: 'status', status: 504, moment: 'after' },
  }
  const lostWhole = {
    name: 'lost whole',
    when: { path: '*small.bin*', method: 'PUT', times: 1 },
    do: { action: 'status', status: 504, moment: 'after' },
  }
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults: [lostAnswer, lostWhole] } })
  expect((await one.files.put('large.bin', large, { condition: { kind: 'absent' }, signal: never }))?.sizeBytes).toBe(
    large.sizeBytes,
  )
  expect(Math.max(...large.reads)).toBeLessThanOrEqual(10 * MIB)
  const found = await other.files.open('large.bin', never)
  if (!found) throw new Error('not there')
  expect(await hashOf(found.bytes)).toBe(large.sha256)
  expect(
    await one.files.put('large.bin', contentOf(23 * MIB + 5, 8), { condition: { kind: 'absent' }, signal: never }),
  ).toBeUndefined()
  expect(
    (await one.files.put('small.bin', contentOf(5000, 3), { condition: { kind: 'absent' }, signal: never }))?.sizeBytes,
  ).toBe(5000)
  const faults = z.object({ faults: z.array(z.looseObject({ name: z.string(), used: z.number() })) })
  const used = faults.parse(await tenant.control('/faults')).faults.filter((fault) => fault.name.startsWith('lost'))
  expect(used.map(({ used: times }) => times)).toEqual([1, 1])
})

test('what is removed is gone for everybody, twice is no error, and what never was is told as absent', async () => {
  await one.files.put('d/e.bin', contentOf(10, 1), { condition: { kind: 'none' }, signal: never })
  await other.files.remove('d/e.bin', never)
  await one.files.remove('d/e.bin', never)
  expect(await one.files.open('d/e.bin', never)).toBeUndefined()
  expect(await one.files.open('never/was.bin', never)).toBeUndefined()
  expect(await one.files.list('never', never)).toEqual([])
  await one.files.put('f/g/h.bin', contentOf(10, 1), { condition: { kind: 'none' }, signal: never })
  await one.files.remove('f', never)
  expect(await other.files.list('f/g', never)).toEqual([])
  await one.files.put('f/g/i.bin', contentOf(10, 1), { condition: { kind: 'none' }, signal: never })
  expect((await other.files.list('f/g', never)).length).toBe(1)
})
