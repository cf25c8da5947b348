import { expect, test } from 'vitest'
import { ServerAccounts } from './serverAccounts.ts'

const SRV = 'S-1-5-21-1-2-3'
const CORP = 'S-1-5-21-7-8-9'
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  enumdomains: ['name:[SRV] idx:[0x0]', 'name:[Builtin] idx:[0x1]'],
  'lookupdomain SRV': [`SAMR_LOOKUP_DOMAIN: Domain Name: SRV Domain SID: ${SRV}`],
  'lookupdomain Builtin': ['SAMR_LOOKUP_DOMAIN: Domain Name: Builtin Domain SID: S-1-5-32'],
  'queryaliasmem domain 3001': [`\tsid:[${CORP}-2001]`, `\tsid:[${SRV}-1104]`],
  'queryaliasmem builtin 544': ['result was NT_STATUS_ACCESS_DENIED'],
  'queryaliasmem domain 3002': [],
  'querygroupmem 513': ['\trid:[0x44d] attr:[0x7]'],
}
const NAMES: Readonly<Record<string, string>> = {
  [`${SRV}-3001`]: 'SRV\\Project Writers (4)',
  [`${SRV}-3002`]: 'SRV\\Empty (a) (4)',
  [`${SRV}-513`]: 'SRV\\None (Domain Group: 2)',
  [`${SRV}-9999`]: '*unknown*\\*unknown* (8)',
  [`${CORP}-1101`]: 'CORP\\ann (1)',
  [`${CORP}-2001`]: 'CORP\\Engineers (2)',
  [`${CORP}-9999`]: '*unknown*\\*unknown* (8)',
  'S-1-5-32-544': 'BUILTIN\\Administrators (Local Group: 4)',
}

test('groups of the server are opened, those of a domain are not, and only its own missing numbers count as deleted', async () => {
  const asked: string[] = []
  const accounts = new ServerAccounts(async (commands) => {
    asked.push(...commands)
    return commands.flatMap((command) => {
      const [name, ...words] = command.split(' ')
      if (name === 'lookupsids') return words.flatMap((sid) => (NAMES[sid] === undefined ? [] : [`${sid} ${NAMES[sid]}`]))
      return ANSWERS[command] ?? [`command not found: ${command}`]
    })
  })
  const { signal } = new AbortController()
  const found = await accounts.find([...Object.keys(NAMES), 'S-1-1-0; quit', `${CORP}-1101`], signal)
  expect([...found.values()]).toEqual([
    { sid: `${SRV}-3001`, names: ['SRV\\Project Writers'], kind: 'localGroup', memberSids: [`${CORP}-2001`, `${SRV}-1104`] },
    { sid: `${SRV}-3002`, names: ['SRV\\Empty (a)'], kind: 'localGroup', memberSids: [] },
    { sid: `${SRV}-513`, names: ['SRV\\None'], kind: 'group', memberSids: [`${SRV}-1101`] },
    { sid: `${SRV}-9999`, names: [], kind: 'deleted' },
    { sid: `${CORP}-1101`, names: ['CORP\\ann'], kind: 'person' },
    { sid: `${CORP}-2001`, names: ['CORP\\Engineers'], kind: 'group' },
    { sid: 'S-1-5-32-544', names: ['BUILTIN\\Administrators'], kind: 'localGroup' },
  ])
  expect(asked.join(' ')).not.toContain('quit')
})
