import { MigrationError } from '../../../shared/errors.ts'
import type { ItemPermissions, Permissions, RoleAssignment, SecuredItem, SitePrincipal } from '../ports/permissions.ts'

/** The permissions of a site in memory: breaking a folder's inheritance clears what its content had of its own, as in life. */
export class MemoryPermissions implements Permissions {
  /** Own permissions by path: login and role. */
  readonly scopes = new Map<string, Map<string, string>>()
  readonly #people: readonly string[]
  /** May throw, before the effect or after it. */
  onAssign: (path: string, when: 'before' | 'after') => void = () => undefined
  assignCount = 0

  constructor(people: readonly string[]) {
    this.#people = ['owners', ...people]
  }

  principal(login: string): Promise<SitePrincipal | undefined> {
    const id = this.#people.indexOf(login)
    return Promise.resolve(id < 0 ? undefined : { id, login, title: login })
  }

  group(name: string): Promise<SitePrincipal | undefined> {
    return this.principal(name)
  }

  everyone(): Promise<SitePrincipal | undefined> {
    return this.principal('everyone')
  }

  owners(): Promise<SitePrincipal | undefined> {
    return this.principal('owners')
  }

  async read({ serverRelativePath }: SecuredItem): Promise<ItemPermissions> {
    return this.scopes.has(serverRelativePath) ? { kind: 'unique', assignments: [], otherCount: 0 } : { kind: 'inherits' }
  }

  async inherit({ serverRelativePath }: SecuredItem): Promise<void> {
    this.scopes.delete(serverRelativePath)
    this.assignCount++
  }

  async assign(item: SecuredItem, assignments: readonly RoleAssignment[]): Promise<void> {
    const path = item.serverRelativePath
    this.onAssign(path, 'before')
    if (!this.scopes.has(path))
      for (const below of [...this.scopes.keys()]) if (below.startsWith(`${path}/`)) this.scopes.delete(below)
    this.scopes.set(path, new Map(assignments.map(({ principalId, role }) => [this.#login(principalId), role])))
    this.assignCount++
    this.onAssign(path, 'after')
  }

  /** What somebody finds: own permissions below `root`, by path below it. */
  tree(root: string): Record<string, Record<string, string>> {
    return Object.fromEntries(
      [...this.scopes].map(([path, roles]) => [path.slice(root.length + 1), Object.fromEntries(roles)] as const).sort(),
    )
  }

  #login(principalId: number): string {
    const login = this.#people[principalId]
    if (login === undefined) throw new MigrationError('DST_NOT_FOUND', 'no such principal', { remedy: { kind: 'failItem' } })
    return login
  }
}
