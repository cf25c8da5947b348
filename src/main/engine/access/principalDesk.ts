import { createIdentityMap } from '../identity/identityMap.ts'
import type { Permissions, SitePrincipal } from '../ports/permissions.ts'
import type { SourceAccess } from '../ports/source.ts'
import { patiently, type Round } from '../run/round.ts'
import type { Identity } from './mapAccess.ts'
import type { Sid } from './securityDescriptor.ts'
import { kindOfSid } from './wellKnownSids.ts'

/** Finds out whom accounts of the source are on the site; each of them once per round. [H.2] */
export class PrincipalDesk {
  readonly #round: Round
  readonly #access: SourceAccess
  readonly #permissions: Permissions
  readonly #map: ReturnType<typeof createIdentityMap>
  readonly #known = new Map<Sid, Identity>()

  constructor(round: Round, parts: { readonly access: SourceAccess; readonly permissions: Permissions }) {
    this.#round = round
    this.#access = parts.access
    this.#permissions = parts.permissions
    this.#map = createIdentityMap(round.task.settings.identityMap)
  }

  /** Asks for all of them; `identify` answers afterwards. */
  async meet(sids: Iterable<Sid>): Promise<void> {
    for (const sid of sids) if (!this.#known.has(sid)) this.#known.set(sid, await this.#find(sid))
  }

  readonly identify = (sid: Sid): Identity => this.#known.get(sid) ?? { kind: 'unmapped' }

  async #find(sid: Sid): Promise<Identity> {
    // A person's own mapping goes before what an account is known as.
    const row = this.#map.find(this.#access.accountSpellings(sid))
    const kind = row === undefined ? kindOfSid(sid) : 'account'
    if (kind === 'ignored') return { kind: 'ignored' }
    const permissions = this.#permissions
    const found = await patiently(this.#round, async (signal): Promise<SitePrincipal | undefined> => {
      if (kind === 'everyone') return await permissions.everyone(signal)
      if (row === undefined) return undefined
      return row.isGroup ? await permissions.group(row.target, signal) : await permissions.principal(row.target, signal)
    })
    return found === undefined ? { kind: 'unmapped' } : { kind: 'principal', login: found.login }
  }
}
