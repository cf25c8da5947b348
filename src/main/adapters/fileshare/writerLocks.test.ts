import { describe, expect, test } from 'vitest'
import { createLockTable } from './writerLocks.ts'

const TABLE = `1: POSIX  ADVISORY  WRITE 5808 fe:00:11 0 EOF
2: FLOCK  ADVISORY  READ 5808 fe:00:12 0 EOF
3: FLOCK  ADVISORY  WRITE 77 fe:00:13 0 EOF
4: OFDLCK ADVISORY  WRITE -1 103:1234:14 10 19
4: -> FLOCK  ADVISORY  WRITE 5809 fe:00:15 0 EOF
`
const FE_00 = 65_024n
/** makedev(0x103, 0x1234) */
const LARGE_NUMBERS = 0x1210334n

describe('the table of locks', () => {
  const locks = createLockTable({ readTable: () => TABLE, nowMs: () => 0, ownPid: 77 })

  test.each([
    ['a writer', FE_00, 11n, true],
    ['a reader', FE_00, 12n, false],
    ['this process', FE_00, 13n, false],
    ['a range of a file on a device with large numbers', LARGE_NUMBERS, 14n, true],
    ['one who waits', FE_00, 15n, false],
    ['the same inode elsewhere', 65_025n, 11n, false],
  ])('%s', (_title, device, inode, expected) => {
    expect(locks.isHeld(device, inode)).toBe(expected)
  })

  test('is read again after a second, not before', () => {
    let nowMs = 0
    let reads = 0
    let table = ''
    const clocked = createLockTable({
      readTable: () => {
        reads++
        return table
      },
      nowMs: () => nowMs,
      ownPid: 77,
    })
    const seen = [0, 999, 1000].map((time) => {
      nowMs = time
      const held = clocked.isHeld(FE_00, 11n)
      table = TABLE
      return held
    })
    expect({ seen, reads }).toEqual({ seen: [false, false, true], reads: 2 })
  })
})
