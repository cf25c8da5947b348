import { z } from 'zod'
import { type ErrorCode, MigrationError } from '../../../shared/errors.ts'
import type { TokenProvider } from '../auth/tokenProvider.ts'
import type { Connection } from '../network/connectionFile.ts'
import { graphCall, type ServiceCall, type ServiceClient } from './serviceClient.ts'
import { resolveSite } from './sites.ts'

/** One line of the access check: what was looked for, what was found, and what to do about it. */
export interface AccessCheck {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly fix?: string
  /** What failed, when it was more than an answer that does not suffice. */
  readonly code?: ErrorCode
}

interface Deps {
  readonly client: ServiceClient
  readonly tokens: TokenProvider
  readonly connection: Connection
}

/** Template ids, the same in every tenant. [A.9] */
const ADMIN_ROLES: Readonly<Record<string, string>> = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  'f28a1f50-f6e7-4571-818b-6a12f2af6b6c': 'SharePoint Administrator',
}
const WRITE_PERMISSIONS = [
  'Sites.FullControl.All',
  'Sites.Manage.All',
  'Sites.ReadWrite.All',
  'Files.ReadWrite.All',
  'Sites.Selected',
]
const LIST_PERMISSIONS = ['Sites.FullControl.All', 'Sites.Manage.All', 'Sites.Selected']

/** The least that a look-up of accounts needs: one of each line, or one of these that hold everything. [H.2] */
const READ_ACCOUNTS = [
  ['User.Read.All', 'User.ReadWrite.All'],
  ['GroupMember.Read.All', 'Group.Read.All', 'Group.ReadWrite.All'],
] as const
const READ_DIRECTORY: ReadonlySet<string> = new Set(['Directory.Read.All', 'Directory.ReadWrite.All'])

const claimsSchema = z.object({
  roles: z.array(z.string()).optional(),
  scp: z.string().optional(),
  upn: z.string().optional(),
  unique_name: z.string().optional(),
  app_displayname: z.string().optional(),
})
const rolesSchema = z.object({ value: z.array(z.object({ roleTemplateId: z.string().nullish() })) })
const siteUserSchema = z.object({ LoginName: z.string().default(''), IsSiteAdmin: z.boolean().default(false) })

/** In the order in which they build on each other; a failed sign-in ends the list. Aborting is the only way to make it throw. */
export async function checkAccess(deps: Deps, signal: AbortSignal): Promise<readonly AccessCheck[]> {
  const signIn = await guarded('Sign-in', signal, () => checkSignIn(deps, signal))
  if (!signIn.ok) return [signIn]
  const checks = [signIn, await guarded('Permissions', signal, () => checkPermissions(deps, signal))]
  checks.push(await guarded('People of the directory', signal, () => checkDirectory(deps, signal)))
  if (!deps.tokens.isApp) checks.push(await guarded('Administrator role', signal, () => checkRole(deps, signal)))
  checks.push(await guarded('Coordination site', signal, () => checkSite(deps, signal)))
  checks.push(await guarded('Site administrator', signal, () => checkSiteAdmin(deps, signal)))
  return checks
}

async function checkSignIn({ tokens, connection }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const claims = readClaims(await tokens.getToken('graph', { signal }))
  const name = claims.upn ?? claims.unique_name ?? claims.app_displayname ?? connection.clientId
  return { check: 'Sign-in', ok: true, found: tokens.isApp ? `as the app ${name}` : `as ${name}` }
}

async function checkPermissions({ tokens }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const claims = readClaims(await tokens.getToken('graph', { signal }))
  const granted = claims.roles ?? claims.scp?.split(' ') ?? []
  const mayWrite = granted.some((permission) => WRITE_PERMISSIONS.includes(permission))
  const mayMakeLists = granted.some((permission) => LIST_PERMISSIONS.includes(permission))
  const found = granted.length === 0 ? 'none on Microsoft Graph' : granted.slice(0, 20).join(', ')
  if (mayWrite && mayMakeLists) return { check: 'Permissions', ok: true, found }
  return {
    check: 'Permissions',
    ok: false,
    found,
    fix: `Add the Microsoft Graph ${tokens.isApp ? 'application' : 'delegated'} permission ${mayWrite ? 'Sites.Manage.All' : 'Sites.FullControl.All'} to the app registration and grant admin consent.`,
  }
}

/** Not needed to migrate: without it only what people have mapped is known of accounts. */
async function checkDirectory({ tokens }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const check = 'People of the directory'
  const claims = readClaims(await tokens.getToken('graph', { signal }))
  const granted = new Set(claims.roles ?? claims.scp?.split(' ') ?? [])
  const hasAll = [...READ_DIRECTORY].some((permission) => granted.has(permission))
  const missing = hasAll ? [] : READ_ACCOUNTS.filter((any) => !any.some((permission) => granted.has(permission)))
  if (missing.length === 0) return { check, ok: true, found: 'can be looked up' }
  const wanted = missing.map(([first = '']) => first).join(' and ')
  return {
    check,
    ok: true,
    found: `are not looked up: accounts are found by mapping alone. For more, grant ${wanted} on Microsoft Graph`,
  }
}

async function checkRole({ client }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const reply = await graphCall(client, {
    method: 'GET',
    path: '/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId',
    what: 'The roles of the account',
    ru: 2,
    isRepeatable: true,
    accepts: [400, 403, 404],
    signal,
  })
  const roles = reply.status !== 200 ? undefined : rolesSchema.safeParse(reply.body).data?.value
  const names = roles?.flatMap(({ roleTemplateId }) => ADMIN_ROLES[roleTemplateId ?? ''] ?? [])
  if (names !== undefined && names.length > 0) return { check: 'Administrator role', ok: true, found: names.join(', ') }
  // No role is no obstacle where the account is administrator of the sites themselves.
  return {
    check: 'Administrator role',
    ok: true,
    found:
      names === undefined
        ? 'unknown: the app may not read roles'
        : 'none: the account must be administrator of each destination site',
  }
}

async function checkSite({ client, connection }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const site = await resolveSite(client, connection.coordinationSite, signal)
  return { check: 'Coordination site', ok: true, found: site.webUrl }
}

async function checkSiteAdmin({ client, connection, tokens }: Deps, signal: AbortSignal): Promise<AccessCheck> {
  const check = 'Site administrator'
  const url = `${connection.coordinationSite}/_api/web/currentuser?$select=Id,LoginName,Title,IsSiteAdmin`
  const call: ServiceCall = {
    method: 'GET',
    url,
    headers: { accept: 'application/json;odata=nometadata' },
    resource: new URL(url).hostname,
    lane: 'control',
    ru: 2,
    what: `The account on ${connection.coordinationSite}`,
    isRepeatable: true,
    signal,
  }
  const user = siteUserSchema.parse((await client.call(call)).body)
  if (user.IsSiteAdmin || tokens.isApp)
    return { check, ok: true, found: user.IsSiteAdmin ? 'yes' : 'the app acts with its own permissions' }
  return {
    check,
    ok: false,
    found: `${user.LoginName} is not administrator of ${connection.coordinationSite}`,
    fix: 'In the SharePoint admin center open the site, Membership, and add the account as site administrator.',
  }
}

async function guarded(check: string, signal: AbortSignal, look: () => Promise<AccessCheck>): Promise<AccessCheck> {
  try {
    return await look()
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof MigrationError))
      return { check, ok: false, found: 'the service answered in a form that is not understood' }
    return {
      check,
      ok: false,
      found: thrown.message,
      code: thrown.code,
      ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
    }
  }
}

/** What the token says about itself. Nothing is decided by it but what to tell; the service judges. */
function readClaims(token: string): z.infer<typeof claimsSchema> {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
  } catch {
    return {}
  }
}
