import { expect, test } from 'vitest'
import {
  DELETE,
  GENERIC_ALL,
  GENERIC_READ,
  GENERIC_WRITE,
  higherLevel,
  lowerLevel,
  MASK_FULL,
  MASK_MODIFY,
  MASK_READ,
  MASK_READ_EXECUTE,
  MASK_WRITE,
  nameAccess,
} from './accessMask.ts'

test.each([
  ['full control', MASK_FULL, 'full', 0],
  ['generic all', GENERIC_ALL, 'full', 0],
  ['modify', MASK_MODIFY, 'modify', 0],
  ['read and execute', MASK_READ_EXECUTE, 'read', 0],
  ['read', MASK_READ, 'read', 0],
  ['generic read', GENERIC_READ, 'read', 0],
  ['read and write', MASK_READ | MASK_WRITE, 'write', 0],
  ['generic read and write', (GENERIC_READ | GENERIC_WRITE) >>> 0, 'write', 0],
  ['read and delete', MASK_READ | DELETE, 'read', DELETE],
  ['modify and change permissions', MASK_MODIFY | 0x4_0000, 'modify', 0x4_0000],
  ['write only, a drop box', MASK_WRITE, 'none', 0x116],
  ['traverse only', 0x10_0020, 'none', 0],
  ['nothing', 0, 'none', 0],
] as const)('%s', (_name, mask, level, extraMask) => {
  expect(nameAccess(mask)).toEqual({ level, extraMask })
})

test('share and file system: the lower one counts; two entries for one account: the higher one', () => {
  expect([lowerLevel('full', 'read'), lowerLevel('none', 'full')]).toEqual(['read', 'none'])
  expect([higherLevel('full', 'read'), higherLevel('none', 'write')]).toEqual(['full', 'write'])
})
