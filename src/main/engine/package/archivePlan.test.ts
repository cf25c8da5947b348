import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ARCHIVE_BYTES_MAX, ARCHIVE_MEMBER_LIMIT_BYTES, ARCHIVE_MEMBERS_MIN, ARCHIVES_MAX } from '../../../shared/limits.ts'
import { ArchiveRoom, doubtsArchives, fitsArchive, planArchives } from './archivePlan.ts'

const files = (count: number, sizeBytes: number) => Array.from({ length: count }, () => ({ sizeBytes }))

describe('archives of small files', () => {
  test.each([
    [0, false],
    [1, true],
    [ARCHIVE_MEMBER_LIMIT_BYTES - 17, true],
    [ARCHIVE_MEMBER_LIMIT_BYTES - 16, false],
    [ARCHIVE_MEMBER_LIMIT_BYTES, false],
  ])('a file of %i bytes fits: %s', (sizeBytes, fits) => {
    expect(fitsArchive(sizeBytes)).toBe(fits)
  })

  test('one takes what comes, the second what the first has no room for, blobs the rest', () => {
    const { archives, singles } = planArchives([...files(250, 90_000), { sizeBytes: 500_000 }])
    expect([archives.map(({ items }) => items.length), singles.length]).toEqual([[110, 110], 31])
  })

  test('too few small files make none', () => {
    const few = files(ARCHIVE_MEMBERS_MIN - 1, 10)
    expect(planArchives(few)).toEqual({ archives: [], singles: few })
  })

  test('every file is in one place, and no limit is passed', () => {
    const sizes = fc.array(fc.oneof(fc.nat(3000), fc.nat(120_000)), { maxLength: 250 })
    fc.assert(
      fc.property(sizes, (all) => {
        const items = all.map((sizeBytes) => ({ sizeBytes }))
        const { archives, singles } = planArchives(items)
        expect([...archives.flatMap((archive) => archive.items), ...singles]).toHaveLength(items.length)
        expect(new Set([...archives.flatMap((archive) => archive.items), ...singles]).size).toBe(items.length)
        expect(archives.length).toBeLessThanOrEqual(ARCHIVES_MAX)
        for (const archive of archives) {
          expect(archive.items.length).toBeGreaterThanOrEqual(ARCHIVE_MEMBERS_MIN)
          expect(archive.items.every(({ sizeBytes }) => fitsArchive(sizeBytes))).toBe(true)
          expect(archive.bytes).toBeLessThanOrEqual(ARCHIVE_BYTES_MAX)
        }
      }),
    )
  })

  test('a room refuses what it has no place for, and takes what is smaller', () => {
    const room = new ArchiveRoom()
    while (room.takes(99_000)) expect(room.bytes).toBeLessThanOrEqual(ARCHIVE_BYTES_MAX)
    expect([room.takes(99_000), room.takes(100)]).toEqual([false, true])
  })
})

describe('doubts about archives', () => {
  const item = (kind: string) => ({ kind })
  const ended = { refused: [], otherRoute: [], rest: [item('file'), item('file'), item('folder')], message: '' } as const
  test.each([
    ['as many files as expected', { ...ended, kind: 'imported' }, 2, false],
    ['a file less', { ...ended, kind: 'imported' }, 1, true],
    ['a poisoned job', { ...ended, kind: 'cutShort', message: 'The job cannot go on.' }, 0, false],
    ['an archive that cannot be read', { ...ended, kind: 'cutShort', message: "The archive 'x' cannot be read." }, 0, true],
    ['a package that is refused as a whole', { ...ended, kind: 'defect', message: 'error in XML document (1, 1)' }, 0, true],
    ['an account that may not import', { ...ended, kind: 'notAllowed', message: 'Access is denied.' }, 0, false],
  ] as const)('%s', (_, verdict, filesCreated, doubts) => {
    expect(doubtsArchives(verdict, filesCreated)).toBe(doubts)
  })
})
