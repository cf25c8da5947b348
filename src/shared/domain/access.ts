import { z } from 'zod'

/** What SharePoint calls its levels; names in a site are localised, these are what stands behind them. Lowest first. */
export const SITE_ROLES = ['read', 'contribute', 'edit', 'fullControl'] as const
export type SiteRole = (typeof SITE_ROLES)[number]

const role = z.enum([...SITE_ROLES, 'none'])

/** Which role stands for which level of Windows; `none` leaves the account out. As Microsoft's tools do it. [H.1] */
export const roleMapSchema = z.object({
  full: role.default('fullControl'),
  modify: role.default('contribute'),
  write: role.default('contribute'),
  read: role.default('read'),
})
export type RoleMap = z.infer<typeof roleMapSchema>
