import { describe, expect, test } from 'vitest'
import { parseSmbPath, shareKey, smbUrl, uncOf } from './smbPath.ts'

describe('places on file servers', () => {
  test.each([
    ['\\\\srv\\share', { server: 'srv', port: undefined, share: 'share', folder: '' }],
    ['\\\\srv\\share\\a b\\c\\', { server: 'srv', port: undefined, share: 'share', folder: 'a b/c' }],
    ['//srv.corp.example/Data$/x', { server: 'srv.corp.example', port: undefined, share: 'Data$', folder: 'x' }],
    ['smb://srv/share/50%25%20off', { server: 'srv', port: undefined, share: 'share', folder: '50% off' }],
    ['SMB://127.0.0.1:14445/share', { server: '127.0.0.1', port: 14_445, share: 'share', folder: '' }],
    ['smb://[fe80::1]/share', { server: '[fe80::1]', port: undefined, share: 'share', folder: '' }],
  ])('%s', (text, place) => expect(parseSmbPath(text)).toEqual(place))

  test.each([
    '/data',
    'C:\\data',
    '\\\\srv',
    '\\\\srv\\',
    '\\\\?\\C:\\data',
    '\\\\.\\pipe\\x',
    '\\\\srv\\share\\..\\other',
    'smb://user@srv/share',
    'smb://user:secret@srv/share',
    'smb://srv:99999/share',
    'smb://srv/share/%2e%2e',
    'smb://srv/share/a%2fb',
    'smb://srv/share/%zz',
    'smb://srv',
  ])('%s is none', (text) => expect(parseSmbPath(text)).toBeUndefined())

  test('every name has one address', () => {
    const place = { server: 'srv', port: 1445, share: 'a b', folder: '50%' }
    expect(smbUrl(place, 'x;y/#?\n"ü😀')).toBe('smb://srv:1445/a%20b/50%25/x%3By/%23%3F%0A%22%C3%BC%F0%9F%98%80')
    expect(smbUrl({ ...place, port: undefined, folder: '' }, '')).toBe('smb://srv/a%20b')
    expect(uncOf({ ...place, folder: 'a/b' })).toBe('\\\\srv\\a b\\a\\b')
    expect(shareKey({ server: 'SRV', share: 'Data' })).toBe('\\\\srv\\data')
  })
})
