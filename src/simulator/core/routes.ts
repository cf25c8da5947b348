import { routes as driveRoutes } from '../drive/routes.ts'
import { routes as batchRoutes } from '../graph/batch.ts'
import { routes as directoryRoutes } from '../graph/routes.ts'
import { routes as listRoutes } from '../lists/routes.ts'
import { routes as migrationRoutes } from '../migration/routes.ts'
import { routes as restRoutes } from '../sharepoint/routes.ts'
import type { Route } from './http.ts'

/** Operations of the storage services, each area's beside its code. Within a service the first match wins, so busy ones come first. */
export const routes: readonly Route[] = [
  ...driveRoutes,
  ...listRoutes,
  ...restRoutes,
  ...directoryRoutes,
  ...migrationRoutes,
  ...batchRoutes,
]
