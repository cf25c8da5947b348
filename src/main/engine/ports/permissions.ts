import type { SiteRole } from '../../../shared/domain/access.ts'

/** A person or group as one site knows it. Ids mean nothing in another site. */
export interface SitePrincipal {
  readonly id: number
  readonly login: string
  readonly title: string
}

export interface RoleAssignment {
  readonly principalId: number
  readonly role: SiteRole
}

export interface SecuredItem {
  readonly kind: 'file' | 'folder' | 'library'
  /** Decoded, from the host's root without leading slash. */
  readonly serverRelativePath: string
}

export type ItemPermissions =
  | { readonly kind: 'inherits' }
  /** Assignments of roles that are none of ours (View Only, own levels) are counted, not told. */
  | { readonly kind: 'unique'; readonly assignments: readonly RoleAssignment[]; readonly otherCount: number }

/** The permissions of one site's items. Every method throws MigrationError with its remedy decided; throttling is waited out inside. */
export interface Permissions {
  /** Makes a person known to the site, by UPN, or by any login that this port has told. undefined = there is nobody of that name. Idempotent. */
  principal(login: string, signal: AbortSignal): Promise<SitePrincipal | undefined>
  /**
   * The same for a group of the directory, by name, address or id, else for a group of the site by its title (`site:Title` means that alone).
   * undefined = none, or several of that name.
   */
  group(name: string, signal: AbortSignal): Promise<SitePrincipal | undefined>
  /** Everybody of the organization but guests; undefined where the tenant has switched that off. */
  everyone(signal: AbortSignal): Promise<SitePrincipal | undefined>
  /** The group that owns the site: it keeps full control wherever inheritance is broken. */
  owners(signal: AbortSignal): Promise<SitePrincipal | undefined>
  read(item: SecuredItem, signal: AbortSignal): Promise<ItemPermissions>
  /** Takes away what an item has of its own: it inherits again. Idempotent. */
  inherit(item: SecuredItem, signal: AbortSignal): Promise<void>
  /**
   * Gives an item exactly these assignments, and full control to the owners of the site. Idempotent: whatever a lost answer or a crash left
   * half done, the same call ends in the same state. `keepsOthers` leaves what somebody else has assigned there before. Errors:
   * DST_NOT_FOUND; DST_NO_ACCESS; DST_TOO_MANY_SCOPES.
   */
  assign(
    item: SecuredItem,
    assignments: readonly RoleAssignment[],
    options: { readonly keepsOthers: boolean; readonly signal: AbortSignal },
  ): Promise<void>
}
