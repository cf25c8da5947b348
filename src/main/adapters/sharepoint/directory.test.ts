import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Directory, DirectoryAccount, DirectoryAnswers } from '../../engine/ports/directory.ts'
import { createClientFixture } from '../testing/clientFixture.ts'
import { connectTo } from '../testing/practiceService.ts'
import { type Answer, startService } from '../testing/serviceFixture.ts'
import type { Service } from './createService.ts'
import { createDirectory } from './directory.ts'

const never = new AbortController().signal
const DOMAIN = 'S-1-5-21-3623811015-3361044348-30300820'
let tenant: RunningTenant
let service: Service
let directory: Directory

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await connectTo(tenant.connectionFile)
  directory = service.directory
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})

const names = (answers: DirectoryAnswers | undefined) =>
  Object.fromEntries([...(answers ?? [])].map(([key, accounts]) => [key, accounts.map(nameOf).sort()]))
const nameOf = ({ upn, displayName }: DirectoryAccount) => upn ?? displayName

test('people and groups answer to the SID of their domain and to that of the cloud, many in one request', async () => {
  const strangers = Array.from({ length: 60 }, (_, index) => `${DOMAIN}-${9000 + index}`)
  const found = await directory.bySid([`${DOMAIN}-1101`, `${DOMAIN}-1201`, ...strangers], never)
  expect(names(found)).toEqual({
    [`${DOMAIN}-1101`.toLowerCase()]: ['ann@contoso.com'],
    [`${DOMAIN}-1201`.toLowerCase()]: ['Finance staff'],
  })
  const [ann] = found?.get(`${DOMAIN}-1101`.toLowerCase()) ?? []
  expect(ann).toMatchObject({ kind: 'person', samName: 'ann', domains: ['corp.contoso.com'], isEnabled: true })
  const cloud = ann?.sids[1] ?? ''
  expect(cloud).toMatch(/^S-1-12-1-/)
  expect(names(await directory.bySid([cloud], never))).toEqual({ [cloud.toLowerCase()]: ['ann@contoso.com'] })
})

test('names are found whatever their case; what several have is told as several', async () => {
  expect(names(await directory.byUpn(['BOB@contoso.com', "nobody's@contoso.com"], never))).toEqual({
    'bob@contoso.com': ['bob@contoso.com'],
  })
  const objectId = (await directory.byUpn(['dan@contoso.com'], never))?.get('dan@contoso.com')?.[0]?.id
  await tenant.control('/identity/user', {
    method: 'POST',
    body: { upn: 'dan@contoso.com', onPremisesSamAccountName: 'carla', onPremisesDomainName: 'fabrikam.com' },
  })
  expect(objectId).toBeDefined()
  expect(names(await directory.bySamName(['Carla'], never))).toEqual({ carla: ['carla@contoso.com', 'dan@contoso.com'] })
})

test('groups by name and by id; their members with those of the groups inside', async () => {
  const [all] = (await directory.groupsNamed(['finance ALL'], never))?.get('finance all') ?? []
  if (!all) throw new Error('the practice tenant has a group of groups')
  expect(names(await directory.groupsNamed([all.id], never))).toEqual({ [all.id]: ['Finance all'] })
  const members = await directory.members(all.id, never)
  expect(members?.people.map(nameOf).sort()).toEqual([
    'ann@contoso.com',
    'bob@contoso.com',
    'carla@contoso.com',
    'frank@contoso.com',
  ])
  expect(members?.groups.map(nameOf).sort()).toEqual(['Finance leads', 'Finance staff'])
  const byId = new Map([...(members?.people ?? []), ...(members?.groups ?? [])].map((one) => [one.id, nameOf(one)]))
  expect(members?.directIds.map((id) => byId.get(id)).sort()).toEqual(['Finance leads', 'Finance staff', 'frank@contoso.com'])
})

test('the second time nothing is asked', async () => {
  await directory.bySid([`${DOMAIN}-1102`], never)
  const before = service.spentUnits()
  expect(names(await directory.bySid([`${DOMAIN}-1102`, `${DOMAIN}-1102`], never))).toEqual({
    [`${DOMAIN}-1102`.toLowerCase()]: ['bob@contoso.com'],
  })
  expect(service.spentUnits()).toBe(before)
})

test('a sign-in that may not read the directory is told so, and groups that refuse a filter are paged', async () => {
  const fixture = await startService(() => ({ status: 403, json: { error: { code: 'Authorization_RequestDenied' } } }))
  try {
    const { client } = createClientFixture(fixture)
    const parts = (statusOf: (url: string) => number): Answer => ({
      status: 200,
      json: {
        responses: [0, 1].map((id) => ({ id: String(id), status: statusOf(id === 0 ? 'users' : 'groups'), body: { value: [] } })),
      },
    })
    fixture.answer = ({ path }) =>
      path.endsWith('/$batch') ? parts(() => 403) : { status: 403, json: { error: { code: 'Authorization_RequestDenied' } } }
    const refused = createDirectory(client)
    expect(await refused.bySid([`${DOMAIN}-1101`], never)).toBeUndefined()
    expect(await refused.members('some-group', never)).toBeUndefined()

    const group = (id: string, sid: string) => ({ id, displayName: id, onPremisesSecurityIdentifier: sid })
    const pages: string[] = []
    fixture.answer = ({ path }) => {
      if (path.endsWith('/$batch')) return parts((url) => (url === 'groups' ? 400 : 200))
      pages.push(path)
      return path.includes('skiptoken')
        ? { status: 200, json: { value: [group('second', `${DOMAIN}-2`)] } }
        : {
            status: 200,
            json: {
              value: [group('first', `${DOMAIN}-1`)],
              '@odata.nextLink': 'https://graph.microsoft.com/v1.0/groups?$skiptoken=x',
            },
          }
    }
    const paged = createDirectory(client)
    expect(names(await paged.bySid([`${DOMAIN}-2`], never))).toEqual({ [`${DOMAIN}-2`.toLowerCase()]: ['second'] })
    expect(names(await paged.bySid([`${DOMAIN}-1`], never))).toEqual({ [`${DOMAIN}-1`.toLowerCase()]: ['first'] })
    expect(pages).toHaveLength(2)
  } finally {
    await fixture.close()
  }
})
