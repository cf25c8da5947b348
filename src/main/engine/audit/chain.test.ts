import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuditEntry, auditEntrySchema } from '../../../shared/domain/audit.ts'
import { appendTo, type ChainHead, hashOf, headsOf, keyOf, verifyAudit } from './chain.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const news = (action: string, more: object = {}) => ({ at: '2026-11-21T08:00:00.000Z', who: 'ann@pc', action, ...more })

/** Two installs that write in turns, each having seen what the other wrote before. */
function twoChains(length: number): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let n = 0; n < length; n++) {
    const [mine, theirs] = n % 2 === 0 ? ['pc-1', 'pc-2'] : ['pc-2', 'pc-1']
    const heads = headsOf(entries)
    const headOf = (chain: string | undefined) => heads.find((head) => head.chain === chain)
    entries.push(
      appendTo(mine ?? '', news('task.paused', { detail: `${n}` }), { head: headOf(mine), seen: headOf(theirs), sha256 }),
    )
  }
  return entries
}
const verify = (entries: readonly AuditEntry[], known: readonly ChainHead[] = []) => verifyAudit(entries, { known, sha256 })

test('chains as they were written have no finding, in whatever order they are read', () => {
  const entries = twoChains(9)
  expect(verify(entries, headsOf(entries))).toEqual([])
  expect(verify([...entries].reverse())).toEqual([])
  expect(entries.map(({ chain, seq }) => `${chain} ${seq}`).slice(0, 4)).toEqual(['pc-1 1', 'pc-2 1', 'pc-1 2', 'pc-2 2'])
  for (const entry of entries) expect(auditEntrySchema.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry)
  expect(keyOf({ chain: 'pc-1', seq: 7 })).toBe('pc-1#000000007')
})

describe('what somebody did to the list behind our back', () => {
  const entries = twoChains(8)
  const replace = (index: number, change: Partial<AuditEntry>, isRehashed: boolean) =>
    entries.map((entry, n) => {
      if (n !== index) return entry
      const changed = { ...entry, ...change }
      return isRehashed ? { ...changed, hash: hashOf(changed, sha256) } : changed
    })

  test('a changed entry', () => {
    expect(verify(replace(2, { who: 'nobody' }, false))).toMatchObject([{ problem: 'changed', chain: 'pc-1', seq: 2 }])
  })

  test('a changed entry with a hash that fits: its successor and its witness know better', () => {
    expect(verify(replace(2, { who: 'nobody' }, true)).map(({ problem, chain, seq }) => `${problem} ${chain} ${seq}`)).toEqual([
      'broken pc-1 3',
      'cut pc-1 2',
    ])
  })

  test('an entry that is gone from the middle, and one from the end', () => {
    const texts = (of: readonly AuditEntry[]) => verify(of).map(({ text }) => text)
    expect(texts(entries.filter((_, n) => n !== 2))).toEqual([
      'Entry 2 of pc-1 is gone.',
      'Entry 2 of pc-1 is gone, entry 2 of pc-2 has seen it.',
    ])
    expect(texts(entries.filter((_, n) => n !== 6))).toEqual(['Entry 4 of pc-1 is gone, entry 4 of pc-2 has seen it.'])
  })

  test('a whole chain that is gone', () => {
    expect(verify(entries.filter(({ chain }) => chain === 'pc-2')).some(({ chain }) => chain === 'pc-1')).toBe(true)
  })

  test('the last entry of all is missed by the install that wrote it', () => {
    const cut = entries.slice(0, -1)
    expect(verify(cut)).toEqual([])
    expect(verify(cut, headsOf(entries))).toMatchObject([
      { problem: 'cut', chain: 'pc-2', seq: 4, text: 'Entry 4 of pc-2 is gone, this install has seen it.' },
    ])
  })

  test('any single change of any member is found', () => {
    const members = ['at', 'who', 'action', 'subject', 'detail', 'taskId', 'previous', 'hash', 'seq', 'chain'] as const
    fc.assert(
      fc.property(fc.nat(7), fc.constantFrom(...members), fc.boolean(), (index, member, isRehashed) => {
        const value = member === 'seq' ? 99 : member === 'hash' || member === 'previous' ? 'f'.repeat(64) : 'x'
        const touched = replace(index, { [member]: value }, isRehashed && member !== 'hash')
        expect(verify(touched, headsOf(entries))).not.toEqual([])
      }),
    )
  })
})

test('members cannot flow into one another: different entries have different texts', () => {
  const one = appendTo('pc-1', news('a', { subject: 'b"c' }), { head: undefined, sha256 })
  const other = appendTo('pc-1', news('a","b', { subject: 'c' }), { head: undefined, sha256 })
  const absent = appendTo('pc-1', news('a', { detail: 'b' }), { head: undefined, sha256 })
  expect(new Set([one.hash, other.hash, absent.hash]).size).toBe(3)
})
