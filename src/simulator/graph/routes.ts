import type { Route } from '../core/http.ts'
import { directoryObjectRoutes } from './directoryObjectRoutes.ts'
import { membershipRoutes } from './membershipRoutes.ts'
import { teamsRoutes } from './teamsRoutes.ts'
import { usersRoutes } from './usersRoutes.ts'

/** Everything of Graph that speaks of people, groups and teams. */
export const routes: readonly Route[] = [...usersRoutes, ...membershipRoutes, ...directoryObjectRoutes, ...teamsRoutes]
