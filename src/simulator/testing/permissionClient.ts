import { expect } from 'vitest'
import { z } from 'zod'
import { type DriveClient, startDriveClient } from './driveClient.ts'
import type { WireReply, WireRequest } from './testTenant.ts'

const SITE = 'https://contoso.sharepoint.com/sites/finance'
export const READ = 1073741826
export const CONTRIBUTE = 1073741827
export const FULL = 1073741829
export const LIMITED = 1073741825

export const idBody = z.looseObject({ Id: z.number() })
const assignmentsBody = z.object({
  value: z.array(
    z.looseObject({
      PrincipalId: z.number(),
      Member: z.looseObject({ LoginName: z.string() }),
      RoleDefinitionBindings: z.array(z.looseObject({ Id: z.number(), Name: z.string() })),
    }),
  ),
})

export interface RestCall extends WireRequest {
  /** A person; without one the application asks. */
  readonly as?: string
  readonly site?: string
}

export const person = (name: string) => `i:0#.f|membership|${name}@contoso.com`
export const folderItem = (path: string) =>
  `web/GetFolderByServerRelativePath(decodedurl='/sites/finance/Shared Documents/${path}')/ListItemAllFields`
export const fileItem = (path: string) =>
  `web/GetFileByServerRelativePath(decodedurl='/sites/finance/Shared Documents/${path}')/ListItemAllFields`

/** The finance site with REST at hand to set rights, and Graph to see what they do. */
export interface PermissionClient {
  readonly drive: DriveClient
  rest(path: string, init?: RestCall): Promise<WireReply>
  post(path: string, init?: RestCall): Promise<WireReply>
  /** Expects the call to succeed. */
  ok(reply: Promise<WireReply>): Promise<WireReply>
  ensure(logonName: string, site?: string): Promise<number>
  /** Role ids by login. */
  roles(path: string): Promise<Record<string, number[]>>
  grant(path: string, principalId: number, roleId: number): Promise<WireReply>
  breakOff(path: string, copies?: boolean): Promise<WireReply>
  /** Status of a read and of a write of a file by Graph, as a person. */
  reach(as: string, path: string): Promise<readonly [read: number, write: number]>
  /** A folder with `a.txt` and `inner/b.txt`. */
  tree(name: string): Promise<void>
}

export async function startPermissionClient(): Promise<PermissionClient> {
  const drive = await startDriveClient()

  function rest(path: string, init: RestCall = {}): Promise<WireReply> {
    const { as, site = SITE, ...request } = init
    return drive.world.fetchAt(`${site}/_api/${path}`.replaceAll(' ', '%20'), {
      token: drive.world.token({ resource: 'sharepoint', ...(as === undefined ? {} : { as }) }),
      headers: { accept: 'application/json;odata=nometadata' },
      ...request,
    })
  }
  const post = (path: string, init: RestCall = {}) => rest(path, { method: 'POST', body: '', ...init })
  async function ok(reply: Promise<WireReply>): Promise<WireReply> {
    const answer = await reply
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer
  }

  return {
    drive,
    rest,
    post,
    ok,
    async ensure(logonName, site = SITE) {
      return idBody.parse((await ok(rest('web/ensureuser', { json: { logonName }, site }))).json()).Id
    },
    async roles(path) {
      const reply = await ok(rest(`${path}/roleassignments?$expand=Member,RoleDefinitionBindings`))
      const { value } = assignmentsBody.parse(reply.json())
      return Object.fromEntries(
        value.map(({ Member, RoleDefinitionBindings }) => [Member.LoginName, RoleDefinitionBindings.map((role) => role.Id)]),
      )
    },
    grant: (path, principalId, roleId) =>
      post(`${path}/roleassignments/addroleassignment(principalid=${principalId},roledefid=${roleId})`),
    breakOff: (path, copies = false) =>
      ok(post(`${path}/breakroleinheritance(copyRoleAssignments=${copies},clearSubscopes=true)`)),
    async reach(as, path) {
      const address = `${drive.base}/root:/${path}`
      const read = await drive.call(address, { as: { as } })
      const write = await drive.call(`${address}:/content`, { method: 'PUT', body: `by ${as}`, as: { as } })
      return [read.status, write.status]
    },
    async tree(name) {
      expect(await drive.folder('', name)).not.toBe('')
      await drive.folder(name, 'inner')
      await drive.put(`${name}/a.txt`, 'a')
      await drive.put(`${name}/inner/b.txt`, 'b')
    },
  }
}
