import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MASK_FULL, MASK_MODIFY, MASK_READ_EXECUTE } from './accessMask.ts'
import { formatSddl, parseSddl, SddlError } from './sddl.ts'
import type { SecurityDescriptor } from './securityDescriptor.ts'

const plain = { isInherited: false, forFiles: false, forFolders: false, isInheritOnly: false, isOneLevelOnly: false }

describe('parseSddl', () => {
  test('the example of the Windows documentation: owner, group, protected list with object entries', () => {
    const descriptor = parseSddl('O:AOG:DAD:(A;;RPWPCCDCLCSWRCWDWOGA;;;S-1-0-0)', { domainSid: 'S-1-5-21-1-2-3' })
    expect(descriptor).toEqual({
      owner: 'S-1-5-32-548',
      group: 'S-1-5-21-1-2-3-512',
      entries: [{ ...plain, effect: 'allow', sid: 'S-1-0-0', mask: 0x100e_003f }],
      isProtected: false,
      unknownEntryCount: 0,
    })
  })

  test('a folder of a file server as icacls and Get-Acl print it', () => {
    const { entries, isProtected, owner } = parseSddl(
      'O:S-1-5-21-7-8-9-1105G:DUD:PAI(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1301bf;;;S-1-5-21-7-8-9-1201)(A;OICIID;0x1200a9;;;S-1-5-21-7-8-9-513)(D;;SDDT;;;S-1-5-21-7-8-9-1300)S:AI(AU;SAFA;FA;;;WD)',
      { domainSid: 'S-1-5-21-7-8-9' },
    )
    expect([owner, isProtected]).toEqual(['S-1-5-21-7-8-9-1105', true])
    expect(entries?.map(({ effect, sid, mask }) => [effect, sid, mask])).toEqual([
      ['allow', 'S-1-5-32-544', MASK_FULL],
      ['allow', 'S-1-3-0', 0x1000_0000],
      ['allow', 'S-1-5-21-7-8-9-1201', MASK_MODIFY],
      ['allow', 'S-1-5-21-7-8-9-513', MASK_READ_EXECUTE],
      ['deny', 'S-1-5-21-7-8-9-1300', 0x1_0040],
    ])
    expect(entries?.[1]).toMatchObject({ isInheritOnly: true, forFiles: true, forFolders: true })
    expect(entries?.[3]?.isInherited).toBe(true)
  })

  test('no list is everything for everybody, an empty one nothing for nobody', () => {
    expect(parseSddl('O:BAD:NO_ACCESS_CONTROL').entries).toBeUndefined()
    expect(parseSddl('O:BA').entries).toBeUndefined()
    expect(parseSddl('O:BAD:P').entries).toEqual([])
  })

  test('a condition keeps its parentheses, semicolons and quotes, and hides no part', () => {
    const { entries } = parseSddl('D:(XA;;FR;;;WD;(@User.Title=="PM;)" && (Member_of{SID(BA)})))(A;;FR;;;BU)')
    expect(entries?.map(({ sid, condition }) => [sid, condition])).toEqual([
      ['S-1-1-0', '(@User.Title=="PM;)" && (Member_of{SID(BA)}))'],
      ['S-1-5-32-545', undefined],
    ])
  })

  test('entries about objects of a directory are counted, audits and labels are silent', () => {
    const read = parseSddl('D:(OA;;RP;bf967aba-0de6-11d0-a285-00aa003049e2;;AU)(A;;FR;;;AU)S:(ML;;NW;;;LW)')
    expect([read.entries?.length, read.unknownEntryCount]).toEqual([1, 1])
  })

  test.each([
    ['Owner', /begins with no part/],
    ['D:(A;;FA;;;)', /names nobody/],
    ['D:(A;;FA;;;XX)', /"XX" is no SID/],
    ['D:(A;;FA;;;DA)', /a domain that is not known/],
    ['D:(A;;QQ;;;WD)', /rights "QQ"/],
    ['D:(A;;0x1ffffffff;;;WD)', /rights "0x1ffffffff"/],
    ['D:(A;ZZ;FA;;;WD)', /flags "ZZ"/],
    ['D:Q(A;;FA;;;WD)', /flags "Q"/],
    ['D:(A;;FA;;;WD', /not closed/],
    ['D:)', /closes nothing/],
    ['O:BAO:BU', /twice/],
    ['O:S-1', /no SID/],
    ['D:(a;;FA;;;WD)', /kind of entry/],
    ['D:(A;;FA;;;WD)x(A;;FA;;;WD)', /between two entries/],
    ['D:(XA;;FA;;;WD;(a=="b))', /does not end/],
  ])('%s is refused with a sentence', (text, message) => {
    expect(() => parseSddl(text)).toThrow(message)
    expect(() => parseSddl(text)).toThrow(SddlError)
  })

  test('never ends in anything but an answer or an SddlError, whatever the text', () => {
    const piece = fc.constantFrom(
      'O:',
      'G:',
      'D:',
      'S:',
      '(',
      ')',
      ';',
      'A',
      'D',
      'OICI',
      'FA',
      'BA',
      'S-1-5-18',
      'P',
      '"',
      '0x1',
      'é',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseSddl(pieces.join(''))
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SddlError)
        }
      }),
    )
  })
})

const sids = fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 5 }).map((parts) => `S-1-5-${parts.join('-')}`)
const descriptors: fc.Arbitrary<SecurityDescriptor> = fc.record({
  owner: fc.option(sids, { nil: undefined }),
  group: fc.option(sids, { nil: undefined }),
  entries: fc.option(
    fc.array(
      fc.record({
        effect: fc.constantFrom('allow' as const, 'deny' as const),
        sid: sids,
        mask: fc.integer({ min: 0, max: 0xffff_ffff }),
        isInherited: fc.boolean(),
        forFiles: fc.boolean(),
        forFolders: fc.boolean(),
        isInheritOnly: fc.boolean(),
        isOneLevelOnly: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
    { nil: undefined },
  ),
  isProtected: fc.boolean(),
  unknownEntryCount: fc.constant(0),
})

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(descriptors, (descriptor) => {
      expect(parseSddl(formatSddl(descriptor))).toEqual(descriptor)
    }),
  )
})
