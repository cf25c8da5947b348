import type { Permissions, SitePrincipal } from '../ports/permissions.ts'
import { patiently, type Round } from '../run/round.ts'

/** Makes those whom access lists name known to the site; each of them once per round. [H.2] */
export class PrincipalDesk {
  readonly #round: Round
  readonly #permissions: Permissions
  readonly #known = new Map<string, string | undefined>()

  constructor(round: Round, permissions: Permissions) {
    this.#round = round
    this.#permissions = permissions
  }

  /** Under which login the site knows whom a target key names; undefined = it knows nobody like that. */
  async loginOf(target: string): Promise<string | undefined> {
    if (!this.#known.has(target)) {
      const found = await patiently(this.#round, (signal) => this.#find(target, signal))
      this.#known.set(target, found?.login)
    }
    return this.#known.get(target)
  }

  async #find(target: string, signal: AbortSignal): Promise<SitePrincipal | undefined> {
    const permissions = this.#permissions
    if (target === 'everyone') return await permissions.everyone(signal)
    if (target === 'siteOwners') return await permissions.owners(signal)
    const name = target.slice(target.indexOf(':') + 1)
    return target.startsWith('group:') ? await permissions.group(name, signal) : await permissions.principal(name, signal)
  }
}
