import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type DriveClient, startDriveClient } from '../testing/driveClient.ts'
import { ANN, createPackageBuilder, type ImportEvent, type PackageBuilder } from '../testing/packageBuilder.ts'

const READ = 1073741826
const CONTRIBUTE = 1073741827
const LIMITED = 1073741825

let drive: DriveClient
let client: PackageBuilder
beforeAll(async () => {
  drive = await startDriveClient()
  client = createPackageBuilder(drive.world, drive.site, drive.library)
})
afterAll(() => drive.close())

const problems = (events: readonly ImportEvent[], name: string) =>
  events.filter((event) => event.Event === name).map((event) => event.Message)

/** `roles`: pairs of role and the package's principal. */
function assignment(
  objectId: string,
  objectType: number,
  roles: readonly (readonly [role: number, principal: number])[],
): string {
  const inside = roles.map(([role, principal]) => `<Assignment RoleId="${role}" PrincipalId="${principal}"/>`).join('')
  return `<SPObject Id="${randomUUID()}" ObjectType="DeploymentRoleAssignments" ParentId="${drive.site.webId}"><RoleAssignments><RoleAssignment ScopeId="${randomUUID()}" RoleDefWebId="${drive.site.webId}" RoleDefWebUrl="sites/finance" ObjectId="${objectId}" ObjectType="${objectType}" ObjectUrl="sites/finance/Shared Documents/x" AnonymousPermMask="0">${inside}</RoleAssignment></RoleAssignments></SPObject>`
}

const body = z.object({
  value: z.array(
    z.looseObject({
      Member: z.looseObject({ LoginName: z.string() }),
      RoleDefinitionBindings: z.array(z.looseObject({ Id: z.number() })),
    }),
  ),
})
async function rolesAt(path: string): Promise<Record<string, number[]>> {
  const reply = await client.call(`${path}/roleassignments?$expand=Member,RoleDefinitionBindings`, { method: 'GET' })
  return Object.fromEntries(
    body.parse(reply.json()).value.map((each) => [each.Member.LoginName, each.RoleDefinitionBindings.map((role) => role.Id)]),
  )
}
const rolesOf = (name: string) =>
  rolesAt(`web/GetFileByServerRelativePath(decodedurl='/sites/finance/Shared%20Documents/${name}')/ListItemAllFields`)
const person = (name: string) => `i:0#.f|membership|${name}@contoso.com`

describe('role assignments of a package', () => {
  test('break inheritance of the object, replace what was assigned and open the way there', async () => {
    const id = randomUUID()
    const file = { path: 'secret.txt', content: 'x', id }
    const first = await client.run({ files: [file], after: assignment(id, 2, [[CONTRIBUTE, 2]]) })
    expect(first.events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '0', TotalWarnings: '0' })
    expect(await rolesOf('secret.txt')).toEqual({ [person('ann')]: [CONTRIBUTE] })
    expect((await rolesAt('web'))[person('ann')]).toEqual([LIMITED])
    const bob = { id: 7, login: person('bob'), name: 'Bob' }
    await client.run({ users: [ANN, bob], after: assignment(id, 2, [[READ, 7]]) })
    expect(await rolesOf('secret.txt')).toEqual({ [person('bob')]: [READ] })
    await client.run({ after: assignment(id, 2, []) })
    expect(await rolesOf('secret.txt')).toEqual({})
  })

  test('grant to directory groups and to SharePoint groups, which are made with their members', async () => {
    const id = randomUUID()
    const staff = drive.world.tenant.directory.groups().find((group) => group.displayName === 'Finance staff')
    const claim = `c:0t.c|tenant|${staff?.objectId}`
    await client.run({
      files: [{ path: 'grouped.txt', content: 'x', id }],
      documents: {
        'UserGroup.xml': `<UserGroupMap xmlns="urn:deployment-usergroupmap-schema"><Users><User Id="2" Name="Ann" Login="${person('ann')}" Email="" IsDomainGroup="false" IsSiteAdmin="false" SystemId="AQ==" IsDeleted="false" Flags="0"/><User Id="3" Name="Finance staff" Login="${claim}" Email="" IsDomainGroup="true" IsSiteAdmin="false" SystemId="Ag==" IsDeleted="false" Flags="0"/></Users><Groups><Group Id="9" Name="Reviewers" Owner="2" OwnerIsUser="true" Description="" OnlyAllowMembersViewMembership="false"><Member UserId="2"/></Group></Groups></UserGroupMap>`,
      },
      after: assignment(id, 2, [
        [READ, 3],
        [CONTRIBUTE, 9],
      ]),
    })
    expect(await rolesOf('grouped.txt')).toEqual({ [claim]: [READ], Reviewers: [CONTRIBUTE] })
    const members = await client.call("web/sitegroups/getbyname('Reviewers')/users?$select=LoginName", { method: 'GET' })
    expect(members.json()).toEqual({ value: [{ LoginName: person('ann') }] })
    const graph = (as: string) => drive.call(`${drive.base}/root:/grouped.txt`, { as: { as } })
    expect([(await graph('bob')).status, (await graph('carla')).status]).toEqual([200, 403])
  })

  test('lose the grant of nobody known with a warning, and are errors for roles and objects that are not there', async () => {
    const id = randomUUID()
    const ghost = { id: 4, login: person('ghost'), name: 'Ghost' }
    const lost = await client.run({
      files: [{ path: 'lost.txt', content: 'x', id }],
      users: [ANN, ghost],
      after: assignment(id, 2, [[READ, 4]]),
    })
    expect(problems(lost.events, 'JobWarning')).toContain(`Failed to ensure user '${person('ghost')}'`)
    expect(await rolesOf('lost.txt')).toEqual({})
    for (const [after, message] of [
      [assignment(id, 2, [[LIMITED, 2]]), 'You cannot grant a user the limited access permission level.'],
      [assignment(id, 2, [[17, 2]]), 'Can not find the permission level with id: 17.'],
      [assignment(randomUUID(), 2, [[READ, 2]]), 'could not be found'],
      [assignment(id, 1, [[READ, 2]]), 'could not be found'],
    ] as const) {
      const { events } = await client.run({ after })
      expect(problems(events, 'JobError')).toEqual([expect.stringContaining(message)])
    }
  })

  test('meet the limits of scopes and assignments, and can be lost altogether', async () => {
    const ids = [randomUUID(), randomUUID()]
    const files = ids.map((id, index) => ({ path: `limit${index}.txt`, content: 'x', id }))
    const bob = { id: 7, login: person('bob'), name: 'Bob' }
    const switchOn = (name: 'uniqueScopeLimit' | 'roleAssignmentLimit' | 'importGrantsLost', amount?: number) =>
      drive.world.server.faults.add({
        version: 1,
        faults: [{ name, when: {}, do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) } }],
      })
    switchOn('uniqueScopeLimit', 4)
    switchOn('roleAssignmentLimit', 1)
    const { events } = await client.run({
      files,
      users: [ANN, bob],
      // Three scopes of the tests above are there already.
      after:
        assignment(ids[0] ?? '', 2, [
          [READ, 2],
          [READ, 7],
        ]) + assignment(ids[1] ?? '', 2, [[READ, 2]]),
    })
    expect(problems(events, 'JobError')).toEqual([
      expect.stringContaining('exceeds the 5000 limit'),
      expect.stringContaining('exceeds the 50000 limit'),
    ])
    drive.world.server.faults.clear()
    switchOn('importGrantsLost')
    await client.run({ after: assignment(ids[1] ?? '', 2, [[READ, 2]]) })
    expect(await rolesOf('limit1.txt')).toEqual({})
    drive.world.server.faults.clear()
  })
})
