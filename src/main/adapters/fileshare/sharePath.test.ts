import { describe, expect, test } from 'vitest'
import { isAbsoluteSharePath, isInside, longWindowsPath, pathBelow, withoutTrailingSeparators } from './sharePath.ts'

describe('paths of a share', () => {
  test.each([
    ['C:\\data\\x', '\\\\?\\C:\\data\\x'],
    ['C:/data/x', '\\\\?\\C:\\data\\x'],
    ['\\\\server\\share\\x', '\\\\?\\UNC\\server\\share\\x'],
    ['//server/share', '\\\\?\\UNC\\server\\share'],
    ['\\\\?\\C:\\data', '\\\\?\\C:\\data'],
    ['\\\\?\\UNC\\server\\share', '\\\\?\\UNC\\server\\share'],
    ['\\\\.\\pipe\\x', '\\\\.\\pipe\\x'],
    ['relative\\x', 'relative\\x'],
    ['C:\\ends with dot.', '\\\\?\\C:\\ends with dot.'],
  ])('long form of %s', (given, expected) => {
    expect(longWindowsPath(given)).toBe(expected)
  })

  test.each([
    ['C:\\', 'win32', 'C:\\'],
    ['C:\\data\\\\', 'win32', 'C:\\data'],
    ['\\\\server\\share\\', 'win32', '\\\\server\\share'],
    ['\\\\?\\C:\\', 'win32', '\\\\?\\C:\\'],
    ['/', 'posix', '/'],
    ['/srv/share//', 'posix', '/srv/share'],
    ['/srv/ends with backslash\\', 'posix', '/srv/ends with backslash\\'],
  ] as const)('%s on %s without trailing separators', (given, platform, expected) => {
    expect(withoutTrailingSeparators(given, platform)).toBe(expected)
  })

  test.each([
    ['C:\\', '', 'win32', '\\\\?\\C:\\'],
    ['C:\\', 'a/b', 'win32', '\\\\?\\C:\\a\\b'],
    ['\\\\server\\share', 'a/b c', 'win32', '\\\\?\\UNC\\server\\share\\a\\b c'],
    ['/', 'a', 'posix', '/a'],
    ['/srv', 'a\\b/c', 'posix', '/srv/a\\b/c'],
  ] as const)('%s and %s on %s', (root, relPath, platform, expected) => {
    expect(pathBelow(root, relPath, platform)).toBe(expected)
  })

  test.each([
    ['C:\\x', 'win32', true],
    ['\\\\server\\share', 'win32', true],
    ['\\x', 'win32', false],
    ['C:x', 'win32', false],
    ['/x', 'posix', true],
    ['x', 'posix', false],
    ['\\\\server\\share', 'posix', false],
  ] as const)('absolute: %s on %s', (given, platform, expected) => {
    expect(isAbsoluteSharePath(given, platform)).toBe(expected)
  })

  test.each([
    ['/srv/a', '/srv/a', 'posix', true],
    ['/srv/a', '/srv/a/b', 'posix', true],
    ['/srv/a', '/srv/ab', 'posix', false],
    ['/', '/etc', 'posix', true],
    ['C:\\Data', 'c:\\data\\x', 'win32', true],
    ['C:\\', 'C:\\x', 'win32', true],
  ] as const)('%s holds %s on %s', (folder, candidate, platform, expected) => {
    expect(isInside(folder, candidate, platform)).toBe(expected)
  })
})
