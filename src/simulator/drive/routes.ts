import type { Route } from '../core/http.ts'
import { routes as contentRoutes } from './contentRoutes.ts'
import { routes as copyRoutes } from './copyRoutes.ts'
import { routes as deltaRoutes } from './deltaRoutes.ts'
import { routes as downloadRoutes } from './downloadRoutes.ts'
import { routes as inviteRoutes } from './inviteRoutes.ts'
import { routes as itemRoutes } from './itemRoutes.ts'
import { routes as listingRoutes } from './listingRoutes.ts'
import { routes as oneDriveRoutes } from './oneDriveRoutes.ts'
import { routes as permissionRoutes } from './permissionRoutes.ts'
import { routes as sessionRoutes } from './sessionRoutes.ts'
import { routes as siteRoutes } from './siteRoutes.ts'
import { routes as uploadRoutes } from './uploadRoutes.ts'
import { routes as versionRoutes } from './versionRoutes.ts'

/** Sites, drives and files as Graph offers them, and the pre-authenticated URLs on the SharePoint hosts. Busy routes first. */
export const routes: readonly Route[] = [
  ...contentRoutes,
  ...sessionRoutes,
  ...itemRoutes,
  ...copyRoutes,
  ...listingRoutes,
  ...deltaRoutes,
  ...versionRoutes,
  ...permissionRoutes,
  ...inviteRoutes,
  ...siteRoutes,
  ...oneDriveRoutes,
  ...uploadRoutes,
  ...downloadRoutes,
]
