import { describe, expect, test } from 'vitest'
import { parseDrivePath } from './drivePaths.ts'

const drive = { by: 'id', key: 'b!x' }

describe('drive paths', () => {
  test.each([
    ['/v1.0/drives/b!x', undefined, []],
    ['/v1.0/drives/b!x/root', { base: 'root', path: [], isColonPath: false }, []],
    ['/v1.0/drives/b!x/root/children', { base: 'root', path: [], isColonPath: false }, ['children']],
    ['/v1.0/drives/b!x/root:/a/b', { base: 'root', path: ['a', 'b'], isColonPath: true }, []],
    ['/v1.0/drives/b!x/root:/a/b:', { base: 'root', path: ['a', 'b'], isColonPath: true }, []],
    ['/v1.0/drives/b!x/root:/a/b:/children', { base: 'root', path: ['a', 'b'], isColonPath: true }, ['children']],
    ['/v1.0/drives/b!x/root:/', { base: 'root', path: [], isColonPath: true }, []],
    ['/v1.0/drives/b!x/items/01A:/rel/p%20q:/content', { base: '01A', path: ['rel', 'p%20q'], isColonPath: true }, ['content']],
    [
      '/v1.0/drives/b!x/items/01A/versions/2.0/content',
      { base: '01A', path: [], isColonPath: false },
      ['versions', '2.0', 'content'],
    ],
    ['/v1.0/drives/b!x/items/01A/children/n.txt/content', { base: '01A', path: ['n.txt'], isColonPath: false }, ['content']],
    [
      "/v1.0/drives/b!x/items/01A/children('o''clock.txt')/content",
      { base: '01A', path: ["o'clock.txt"], isColonPath: false },
      ['content'],
    ],
    ['/v1.0/drives/b!x/list', undefined, ['list']],
  ])('%s', (path, item, action) => {
    expect(parseDrivePath(path)).toEqual({ drive, item, action })
  })

  test.each([
    ['/v1.0/me/drive/root:/a:/content', { by: 'me' }],
    ['/v1.0/users/ann%40contoso.com/drive', { by: 'user', key: 'ann@contoso.com' }],
    ['/v1.0/groups/g/drive/root', { by: 'group', key: 'g' }],
    ['/v1.0/sites/h,1,2/lists/L/drive/root', { by: 'list', key: 'h,1,2', listId: 'L' }],
    ['/v1.0/sites/h,1,2/drive/root', { by: 'site', key: 'h,1,2', driveId: undefined }],
    ['/v1.0/sites/h,1,2/drives/b!y/root', { by: 'site', key: 'h,1,2', driveId: 'b!y' }],
    ['/v1.0/sites/h:/sites/x:/drive', { by: 'site', key: 'h:/sites/x:', driveId: undefined }],
    ['/v1.0/sites/h:/sites/x:/drive/root:/a:/children', { by: 'site', key: 'h:/sites/x:', driveId: undefined }],
  ])('the drive of %s', (path, expected) => {
    expect(parseDrivePath(path)?.drive).toEqual(expected)
  })

  test.each([
    '/v1.0/drives',
    '/v1.0/me',
    '/v1.0/sites/h:/sites/x',
    '/v1.0/sites/h/drives',
    '/v1.0/drives/b!x/root:a',
    '/v1.0/drives/b!x/root:/a:/b:/c',
    '/v1.0/drives/b!x/root:/a:content',
  ])('%s is no path of an item', (path) => expect(parseDrivePath(path)).toBeUndefined())
})
