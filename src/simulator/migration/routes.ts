import type { Route } from '../core/http.ts'
import { blobRoutes } from './blob/blobRoutes.ts'
import { csomRoutes } from './calls/csomRoutes.ts'
import { siteRoutes } from './calls/siteRoutes.ts'

/** The Migration (Import) API: storage host and the calls on a site collection. */
export const routes: readonly Route[] = [...blobRoutes, ...siteRoutes, ...csomRoutes]
