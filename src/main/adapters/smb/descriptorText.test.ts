import { expect, test } from 'vitest'
import { parseSddl } from '../../engine/access/sddl.ts'
import { sddlOfCacls, sddlOfLines } from './descriptorText.ts'

const told = `FILENAME:After
MODE:D
revision: 1
type: 0x9404: SEC_DESC_DACL_PRESENT SEC_DESC_DACL_AUTO_INHERITED SEC_DESC_DACL_PROTECTED SEC_DESC_SELF_RELATIVE 
SACL
\tACL\tNum ACEs:\t1\trevision:\t2
\t---
\tACE
\t\ttype: SYSTEM AUDIT (2) flags: 0x40 SEC_ACE_FLAG_SUCCESSFUL_ACCESS 
\t\tPermissions: 0x1f01ff: WRITE_DAC_ACCESS 
\t\tSID: S-1-1-0
DACL
\tACL\tNum ACEs:\t3\trevision:\t4
\t---
\tACE
\t\ttype: ACCESS DENIED (1) flags: 0x03 SEC_ACE_FLAG_OBJECT_INHERIT  SEC_ACE_FLAG_CONTAINER_INHERIT 
\t\tSpecific bits: 0x1bf
\t\tPermissions: 0x1301bf: SYNCHRONIZE_ACCESS READ_CONTROL_ACCESS DELETE_ACCESS 
\t\tSID: S-1-5-21-1-2-3-1103

\tACE
\t\ttype: ACCESS ALLOWED (0) flags: 0x1b SEC_ACE_FLAG_OBJECT_INHERIT 
\t\tPermissions: 0x1f01ff: SYNCHRONIZE_ACCESS 
\t\tSID: S-1-3-0

\tACE
\t\ttype: ACCESS ALLOWED CALLBACK (9) flags: 0x00 
\t\tPermissions: 0x1200a9: SYNCHRONIZE_ACCESS 
\t\tSID: S-1-5-11

\tOwner SID:\tS-1-5-21-1-2-3-1101
\tGroup SID:\tS-1-5-21-1-2-3-513
`

test('what smbclient shows is read back as the same descriptor', () => {
  const sddl = sddlOfLines(told.split('\n'))
  expect(sddl).toBe(
    'O:S-1-5-21-1-2-3-1101G:S-1-5-21-1-2-3-513D:PAI(D;OICI;0x1301bf;;;S-1-5-21-1-2-3-1103)(A;OICIIOID;0x1f01ff;;;S-1-3-0)(OA;;0x1200a9;;;S-1-5-11)',
  )
  const { entries, isProtected, unknownEntryCount } = parseSddl(sddl ?? '')
  expect(entries?.map(({ effect, sid, isInheritOnly }) => [effect, sid, isInheritOnly])).toEqual([
    ['deny', 'S-1-5-21-1-2-3-1103', false],
    ['allow', 'S-1-3-0', true],
  ])
  // An entry under a condition that nobody tells must not count as one without.
  expect({ isProtected, unknownEntryCount }).toEqual({ isProtected: true, unknownEntryCount: 1 })
})

test('no list at all is something else than an empty one', () => {
  expect(sddlOfLines(['type: 0x8000: SEC_DESC_SELF_RELATIVE'])).toBe('D:NO_ACCESS_CONTROL')
  expect(sddlOfLines(['type: 0x8004: SEC_DESC_DACL_PRESENT', 'DACL'])).toBe('D:')
  expect(sddlOfLines(['NT_STATUS_ACCESS_DENIED listing \\*'])).toBeUndefined()
})

test('what smbcacls writes', () => {
  const lines = ['REVISION:1', 'CONTROL:0x9404', 'OWNER:S-1-22-1-0', 'GROUP:S-1-22-2-0', 'ACL:S-1-1-0:1/0x13/0x001200a9']
  expect(sddlOfCacls(lines)).toBe('O:S-1-22-1-0G:S-1-22-2-0D:PAI(D;OICIID;0x001200a9;;;S-1-1-0)')
  expect(sddlOfCacls(['Failed to open \\x: NT_STATUS_ACCESS_DENIED'])).toBeUndefined()
})
