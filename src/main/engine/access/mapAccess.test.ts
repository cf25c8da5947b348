import { expect, test } from 'vitest'
import { type RoleMap, roleMapSchema } from '../../../shared/domain/access.ts'
import { accessOfItem, type Membership } from './effectiveAccess.ts'
import { type Identity, mapAccess } from './mapAccess.ts'
import { parseSddl } from './sddl.ts'

const DEFAULT_ROLE_MAP = roleMapSchema.parse({})
const ANN = 'S-1-5-21-1-1-1-1101'
const BOB = 'S-1-5-21-1-1-1-1102'
const STAFF = 'S-1-5-21-1-1-1-2001'
const GONE = 'S-1-5-21-1-1-1-9999'

const identities: Readonly<Record<string, Identity>> = {
  [ANN]: { kind: 'principal', login: 'ann' },
  [BOB]: { kind: 'principal', login: 'bob' },
  [STAFF]: { kind: 'principal', login: 'staff' },
  'S-1-1-0': { kind: 'principal', login: 'everyone' },
  'S-1-5-18': { kind: 'ignored' },
  'S-1-5-32-544': { kind: 'ignored' },
}
const members: Readonly<Record<string, readonly string[]>> = { [ANN]: [ANN], [BOB]: [BOB], [STAFF]: [STAFF, ANN, BOB] }
const membership: Membership = {
  membersOf: (sid) => {
    const known = members[sid]
    return known && new Set(known)
  },
}

function map(dacl: string, options: { share?: string; roles?: RoleMap } = {}) {
  const { roles, findings } = mapAccess(accessOfItem(parseSddl(`D:${dacl}`)), {
    share: options.share === undefined ? undefined : accessOfItem(parseSddl(`D:${options.share}`)),
    membership,
    identify: (sid) => identities[sid] ?? { kind: 'unmapped' },
    roles: options.roles ?? DEFAULT_ROLE_MAP,
  })
  return { roles: Object.fromEntries(roles), findings }
}

test.each([
  [
    'the levels of the guide',
    `(A;;FA;;;${ANN})(A;;0x1301bf;;;${BOB})(A;;0x1200a9;;;${STAFF})`,
    { ann: 'fullControl', bob: 'contribute', staff: 'read' },
  ],
  ['the system and its administrators are nobody', '(A;;FA;;;SY)(A;;FA;;;BA)', {}],
  ['one account by two entries', `(A;;FR;;;${ANN})(A;;0x1301bf;;;${ANN})`, { ann: 'contribute' }],
])('%s', (_name, dacl, roles) => {
  expect(map(dacl)).toEqual({ roles, findings: [] })
})

test('the share limits what the file system gives', () => {
  expect(map(`(A;;FA;;;${ANN})`, { share: '(A;;0x1200a9;;;WD)' }).roles).toEqual({ ann: 'read' })
})

test('a deny cuts whoever may hold the refused, and says by whom', () => {
  expect(map(`(D;;FA;;;${BOB})(A;;0x1301bf;;;${STAFF})`)).toEqual({
    roles: {},
    findings: [{ kind: 'cutByDeny', sid: STAFF, from: 'modify', to: 'none', cutBy: [BOB] }],
  })
})

test('writing without deleting is widened by the role, and that is said', () => {
  expect(map(`(A;;0x12019f;;;${ANN})`)).toEqual({
    roles: { ann: 'contribute' },
    findings: [{ kind: 'widened', sid: ANN, level: 'write', role: 'contribute' }],
  })
  const strict: RoleMap = { ...DEFAULT_ROLE_MAP, write: 'read' }
  expect(map(`(A;;0x12019f;;;${ANN})`, { roles: strict })).toEqual({ roles: { ann: 'read' }, findings: [] })
})

test('an account without an identity, special rights and conditions are told', () => {
  expect(map(`(A;;FR;;;${GONE})(A;;0x130089;;;${ANN})(XA;;FA;;;WD;(a==1))`)).toEqual({
    roles: { ann: 'read' },
    findings: [
      { kind: 'unclear', entryCount: 1 },
      { kind: 'unmapped', sid: GONE, level: 'read' },
      { kind: 'specialRights', sid: ANN, level: 'read', extraMask: 0x1_0000 },
    ],
  })
})

test('a role map may leave a level out', () => {
  expect(map(`(A;;FA;;;${ANN})`, { roles: { ...DEFAULT_ROLE_MAP, full: 'none' } }).roles).toEqual({})
})
