import type { Directory } from '../../identity/directory.ts'
import type { ActorRef } from '../../store/itemStore.ts'
import { FatalImportError, HRESULT } from '../job/importErrors.ts'
import type { XmlNode } from './schemaRules.ts'

const USER_CLAIM = 'i:0#.f|membership|'
export const SYSTEM_ACCOUNT: ActorRef = { displayName: 'System Account' }

/** A user of the package and whom it turned out to mean. */
export interface PackageUser {
  readonly login: string
  readonly actor: ActorRef
  readonly isResolved: boolean
}

/** A SharePoint group of the package. */
export interface PackageGroup {
  readonly name: string
  /** Ids of the package's users. */
  readonly memberIds: readonly number[]
}

export interface UserMap {
  /** By package-local id. */
  user(id: number): PackageUser | undefined
  group(id: number): PackageGroup | undefined
  /** What the job warns of, once per user. */
  readonly warnings: readonly string[]
}

/**
 * Resolves the users of a package by their claims login. Throws the fatal error of a person who appears twice and, in the strict profile,
 * of one without SystemId [D.6].
 */
export function resolveUsers(
  directory: Directory,
  nodes: { readonly users: readonly XmlNode[]; readonly groups: readonly XmlNode[] },
  profile: 'strict' | 'lenient',
): UserMap {
  const users = new Map<number, PackageUser>()
  const logins = new Set<string>()
  const warnings: string[] = []
  const groups = new Map<number, PackageGroup>()

  const takeId = (node: XmlNode): number => {
    const id = Number.parseInt(node.attributes.get('Id') ?? '0', 10)
    if (users.has(id) || groups.has(id)) throw duplicate(`The id ${id} appears more than once in UserGroup.xml.`)
    return id
  }

  for (const node of nodes.users) {
    const login = node.attributes.get('Login') ?? ''
    const systemId = node.attributes.get('SystemId') ?? ''
    const name = node.attributes.get('Name') ?? ''
    const id = takeId(node)
    if (logins.has(login.toLowerCase())) throw duplicate(`The user '${login}' appears more than once in UserGroup.xml.`)
    logins.add(login.toLowerCase())
    if (systemId === '' && profile === 'strict')
      throw new FatalImportError(
        HRESULT.xmlSchema,
        'System.Xml.Schema.XmlSchemaValidationException',
        "UserGroup.xml: [System.Xml.Schema.XmlSchemaValidationException] [The required attribute 'SystemId' is missing.]",
      )
    const upn = login.toLowerCase().startsWith(USER_CLAIM) ? login.slice(USER_CLAIM.length) : undefined
    const found = upn === undefined || !upn.includes('@') ? undefined : directory.user(upn.toLowerCase())
    const isGroupClaim = node.attributes.get('IsDomainGroup')?.toLowerCase() === 'true' || /^c:0/i.test(login)
    if (found !== undefined) {
      users.set(id, {
        login,
        isResolved: true,
        actor: { userId: found.objectId, displayName: found.displayName, upn: found.upn },
      })
    } else if (isGroupClaim) {
      users.set(id, { login, isResolved: true, actor: { displayName: name } })
    } else if (systemId === '') {
      warnings.push(`Failed to ensure user '${login}'`)
      users.set(id, { login, isResolved: false, actor: SYSTEM_ACCOUNT })
    } else {
      warnings.push(`Failed to retrieve user '${login}' attributes from the SiteUsers; falling back to passed in values`)
      users.set(id, { login, isResolved: false, actor: { displayName: name } })
    }
  }
  for (const node of nodes.groups) {
    const memberIds = node.children.map((member) => Number.parseInt(member.attributes.get('UserId') ?? '0', 10))
    const name = node.attributes.get('Name') ?? ''
    if (name === '')
      throw new FatalImportError(HRESULT.invalidArgument, 'System.ArgumentException', 'A group of UserGroup.xml has no name.')
    groups.set(takeId(node), { name, memberIds })
  }
  return { user: (id) => users.get(id), group: (id) => groups.get(id), warnings }
}

function duplicate(message: string): FatalImportError {
  return new FatalImportError(HRESULT.invalidArgument, 'System.ArgumentException', message)
}
