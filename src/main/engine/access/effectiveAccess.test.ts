import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MASK_FULL, MASK_MODIFY, MASK_READ, MASK_WRITE, nameAccess } from './accessMask.ts'
import { accessOfItem, effectiveMask, type Membership, maskOfPerson } from './effectiveAccess.ts'
import { parseSddl } from './sddl.ts'

const ANN = 'S-1-5-21-1-1-1-1101'
const BOB = 'S-1-5-21-1-1-1-1102'
const STAFF = 'S-1-5-21-1-1-1-2001'
const SALES = 'S-1-5-21-1-1-1-2002'

const groups: Readonly<Record<string, readonly string[]>> = { [STAFF]: [ANN, BOB, SALES], [SALES]: [BOB], [ANN]: [], [BOB]: [] }
const known: Membership = {
  membersOf: (sid) => {
    const members = groups[sid]
    return members && new Set([sid, ...members])
  },
}
const unknown: Membership = { membersOf: () => undefined }
const item = (dacl: string) => accessOfItem(parseSddl(`D:${dacl}`))

function levels(dacl: string, options: { share?: string; membership?: Membership } = {}): Record<string, string> {
  const access = item(dacl)
  const share = options.share === undefined ? undefined : item(options.share)
  return Object.fromEntries(
    access.accounts.map((account) => [
      account.sid,
      nameAccess(effectiveMask(account, { item: access, share, membership: options.membership ?? known }).mask).level,
    ]),
  )
}

describe('accessOfItem', () => {
  test('the first entry that speaks about a bit decides it', () => {
    expect(item(`(D;;0x10000;;;${ANN})(A;;0x1301bf;;;${ANN})`).accounts).toEqual([
      { sid: ANN, grantedMask: (MASK_MODIFY & ~0x1_0000) >>> 0, deniedMask: 0x1_0000 },
    ])
    expect(item(`(A;;0x1301bf;;;${ANN})(D;ID;0x10000;;;${ANN})`).accounts).toEqual([
      { sid: ANN, grantedMask: MASK_MODIFY, deniedMask: 0 },
    ])
  })

  test('what is only handed down says nothing about the item; conditions are unclear', () => {
    const access = item('(A;OICIIO;FA;;;CO)(XA;;FA;;;WD;(a==1))')
    expect([access.accounts, access.unclearEntryCount]).toEqual([[], 1])
  })

  test('no list is everything for everybody', () => {
    expect(accessOfItem(parseSddl('D:NO_ACCESS_CONTROL')).accounts).toEqual([
      { sid: 'S-1-1-0', grantedMask: MASK_FULL, deniedMask: 0 },
    ])
  })
})

describe('effectiveMask', () => {
  test.each([
    ['a deny on the account itself', `(D;;0x1f01ff;;;${BOB})(A;;0x1301bf;;;${BOB})`, { [BOB]: 'none' }],
    [
      'a deny on a member cuts the group, because the group cannot leave one out',
      `(D;;0x116;;;${BOB})(A;;0x1301bf;;;${STAFF})`,
      { [BOB]: 'none', [STAFF]: 'read' },
    ],
    [
      'a deny on a group leaves strangers alone',
      `(D;;FA;;;${SALES})(A;;0x1301bf;;;${ANN})(A;;0x1301bf;;;${BOB})`,
      { [SALES]: 'none', [ANN]: 'modify', [BOB]: 'none' },
    ],
    ['a deny on everyone', `(D;;FA;;;WD)(A;;FA;;;${ANN})`, { 'S-1-1-0': 'none', [ANN]: 'none' }],
  ])('%s', (_name, dacl, expected) => {
    expect(levels(dacl)).toEqual(expected)
  })

  test('members that nobody knows count as shared', () => {
    expect(levels(`(D;;FA;;;${SALES})(A;;FR;;;${ANN})`, { membership: unknown })).toEqual({ [SALES]: 'none', [ANN]: 'none' })
  })

  test.each([
    ['everyone may change: the file system decides', '(A;;0x1301bf;;;WD)', `(A;;FR;;;${ANN})`, { [ANN]: 'read' }],
    ['everyone may read: nobody writes', '(A;;0x1200a9;;;WD)', `(A;;FA;;;${ANN})`, { [ANN]: 'read' }],
    ['only a group may come in', `(A;;FA;;;${SALES})`, `(A;;FA;;;${ANN})(A;;FA;;;${BOB})`, { [ANN]: 'none', [BOB]: 'full' }],
    [
      'a refusal at the share',
      `(A;;FA;;;WD)(D;;FA;;;${BOB})`,
      `(A;;FR;;;${STAFF})(A;;FR;;;${ANN})`,
      { [STAFF]: 'none', [ANN]: 'read' },
    ],
  ])('%s', (_name, share, dacl, expected) => {
    expect(levels(dacl, { share })).toEqual(expected)
  })

  test('never gives an account more than Windows gives to each of its members, whatever the list', () => {
    const sids = [ANN, BOB, STAFF, SALES, 'S-1-1-0']
    const entry = fc.record({
      kind: fc.constantFrom('A', 'D'),
      mask: fc.constantFrom(MASK_READ, MASK_WRITE, MASK_MODIFY, MASK_FULL, 0x1_0000, 0x1),
      sid: fc.constantFrom(...sids),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 7 }), (entries) => {
        const access = item(entries.map(({ kind, mask, sid }) => `(${kind};;0x${mask.toString(16)};;;${sid})`).join(''))
        for (const person of [ANN, BOB])
          expect(maskOfPerson(person, { item: access, share: undefined, membership: known })).toBe(windowsMask(person, entries))
        for (const account of access.accounts) {
          const { mask } = effectiveMask(account, { item: access, share: undefined, membership: known })
          const people = account.sid === 'S-1-1-0' ? [ANN, BOB] : [account.sid, ...(groups[account.sid] ?? [])]
          for (const person of people.filter((sid) => sid === ANN || sid === BOB))
            expect(mask & ~windowsMask(person, entries)).toBe(0)
        }
      }),
    )
  })
})

/** The access check of Windows, written down from its description: entry by entry, for a person with all groups. */
function windowsMask(person: string, entries: readonly { kind: string; mask: number; sid: string }[]): number {
  const token = new Set([person, 'S-1-1-0', STAFF, ...(person === BOB ? [SALES] : [])])
  let granted = 0
  let denied = 0
  for (const { kind, mask, sid } of entries) {
    if (!token.has(sid)) continue
    if (kind === 'A') granted |= mask & ~denied
    else denied |= mask & ~granted
  }
  return granted
}
