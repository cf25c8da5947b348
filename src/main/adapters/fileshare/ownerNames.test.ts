import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createFileShareSource } from './fileShareSource.ts'
import { createOwnerNames, ownerId } from './ownerNames.ts'

const accounts = [
  'root:x:0:0:root:/root:/bin/sh',
  '# remark',
  'ann:x:1000:1000:Ann:/home/ann:',
  'again:x:1000:1::/:',
  'bad:x:y:',
  '',
].join('\n')

test('an owner goes by number and by the first name that the machine knows', () => {
  let reads = 0
  const names = createOwnerNames(() => {
    reads++
    return accounts
  })
  expect([names(ownerId(1000n)), names('uid:0'), names('uid:77')]).toEqual([['uid:1000', 'ann'], ['uid:0', 'root'], ['uid:77']])
  expect(reads).toBe(1)
})

test.skipIf(process.platform === 'win32')('entries of a walk tell their owner', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-owner-'))
  try {
    fs.writeFileSync(path.join(root, 'mine'), 'x')
    const source = createFileShareSource({ path: root })
    const owners: (string | undefined)[] = []
    for await (const batch of source.walk({ symlinks: 'skip', signal: new AbortController().signal }))
      owners.push(...batch.map(({ owner }) => owner))
    expect(owners).toEqual(Array.from({ length: 2 }, () => `uid:${process.getuid?.()}`))
    expect(source.ownerSpellings(`uid:${process.getuid?.()}`)).toContain(os.userInfo().username)
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
})
