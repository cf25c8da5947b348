import { expect, test } from 'vitest'
import { type RoleMap, roleMapSchema } from '../../../shared/domain/access.ts'
import { GROUP_SPLIT_MAX } from '../../../shared/limits.ts'
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

const CAT = 'S-1-5-21-1-1-1-1103'
const SALES = 'S-1-5-21-1-1-1-2002'
const LOCAL = 'S-1-5-21-7-7-7-1004'
const nested: Readonly<Record<string, readonly string[]>> = {
  [STAFF]: [STAFF, SALES, ANN, BOB, CAT],
  [SALES]: [SALES, BOB],
  [ANN]: [ANN],
  [BOB]: [BOB],
  [CAT]: [CAT],
}

/** Groups whose people are known: `STAFF` holds Ann, Cat and the group `SALES`, in which Bob is. */
function mapKnown(dacl: string, options: { share?: string; peopleCount?: number } = {}) {
  const extra = Array.from({ length: options.peopleCount ?? 0 }, (_, index) => `S-1-5-21-1-1-1-5${index}`)
  const { roles, findings } = mapAccess(accessOfItem(parseSddl(`D:${dacl}`)), {
    share: options.share === undefined ? undefined : accessOfItem(parseSddl(`D:${options.share}`)),
    membership: {
      membersOf: (sid) =>
        extra.includes(sid) ? new Set([sid]) : nested[sid] && new Set([...nested[sid], ...(sid === STAFF ? extra : [])]),
      peopleOf: (sid) => ({ [STAFF]: [ANN, BOB, CAT, ...extra], [SALES]: [BOB] })[sid],
    },
    identify: (sid) =>
      sid === LOCAL ? { kind: 'members', sids: [SALES, ANN, LOCAL] } : { kind: 'principal', login: sid.split('-').at(-1) ?? '' },
    roles: DEFAULT_ROLE_MAP,
  })
  return { roles: Object.fromEntries(roles), findings }
}

test('a group of which some are refused is opened up: exactly those are left out', () => {
  expect(mapKnown(`(D;;FA;;;${SALES})(A;;0x1301bf;;;${STAFF})`)).toEqual({
    roles: { 1101: 'contribute', 1103: 'contribute' },
    findings: [],
  })
  expect(mapKnown(`(D;;0x116;;;${SALES})(A;;0x1301bf;;;${STAFF})`)).toEqual({
    roles: { 1101: 'contribute', 1102: 'read', 1103: 'contribute' },
    findings: [{ kind: 'specialRights', sid: BOB, level: 'read', extraMask: 0x1_0000 }],
  })
})

test('a group inside of which nobody is refused gets the grant as a whole, so that whoever joins it later has it too', () => {
  const LEADS = 'S-1-5-21-1-1-1-2003'
  const { roles } = mapAccess(accessOfItem(parseSddl(`D:(D;;FA;;;${BOB})(A;;0x1301bf;;;${STAFF})`)), {
    share: undefined,
    membership: {
      membersOf: (sid) =>
        sid === LEADS
          ? new Set([LEADS, CAT])
          : sid === STAFF
            ? new Set([...(nested[STAFF] ?? []), LEADS])
            : new Set(nested[sid] ?? [sid]),
      peopleOf: () => [ANN, BOB, CAT],
      partsOf: (sid) => ({ [STAFF]: [ANN, SALES, LEADS], [SALES]: [BOB], [LEADS]: [CAT] })[sid],
    },
    identify: (sid) => ({ kind: 'principal', login: sid.split('-').at(-1) ?? '' }),
    roles: DEFAULT_ROLE_MAP,
  })
  expect(Object.fromEntries(roles)).toEqual({ 1101: 'contribute', 2003: 'contribute' })
})

test('an earlier grant stands against a later refusal, as Windows reads it', () => {
  expect(mapKnown(`(A;;FR;;;${BOB})(D;ID;FA;;;${SALES})`)).toEqual({ roles: { 1102: 'read' }, findings: [] })
})

test('a refusal to everybody who is meant is exact, and nothing has to be said', () => {
  expect(mapKnown(`(D;;FA;;;${STAFF})(A;;FA;;;${SALES})(A;;FA;;;${ANN})`)).toEqual({ roles: {}, findings: [] })
})

test('a share that lets in only some of a group opens it up as well', () => {
  expect(mapKnown(`(A;;0x1301bf;;;${STAFF})`, { share: `(A;;0x1200a9;;;${SALES})` })).toEqual({
    roles: { 1102: 'read' },
    findings: [],
  })
})

test('a local group of the file server becomes its members; a circle ends', () => {
  expect(mapKnown(`(A;;FR;;;${LOCAL})`)).toEqual({ roles: { 2002: 'read', 1101: 'read' }, findings: [] })
  expect(mapKnown(`(D;;FA;;;${BOB})(A;;FR;;;${LOCAL})`)).toEqual({ roles: { 1101: 'read' }, findings: [] })
})

test.each([
  [GROUP_SPLIT_MAX - 1, false],
  [GROUP_SPLIT_MAX, false],
  [GROUP_SPLIT_MAX + 1, true],
])('a group of %i people is opened up unless that are too many', (peopleCount, isCutAsAWhole) => {
  const { roles, findings } = mapKnown(`(D;;FA;;;${SALES})(A;;FR;;;${STAFF})`, { peopleCount: peopleCount - 3 })
  expect(findings).toEqual(isCutAsAWhole ? [{ kind: 'cutByDeny', sid: STAFF, from: 'read', to: 'none', cutBy: [SALES] }] : [])
  expect(Object.keys(roles)).toHaveLength(isCutAsAWhole ? 0 : peopleCount - 1)
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
