import { routes as listRoutes } from '../lists/routes.ts'
import type { Route } from './http.ts'

/** Operations of the storage services, each area's beside its code. Within a service the first match wins. */
export const routes: readonly Route[] = [...listRoutes]
