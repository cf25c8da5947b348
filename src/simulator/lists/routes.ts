import type { Route } from '../core/http.ts'
import { columnRoutes } from './graphColumnRoutes.ts'
import { deltaRoutes } from './graphDeltaRoutes.ts'
import { driveItemRoutes } from './graphDriveItemRoutes.ts'
import { itemRoutes } from './graphItemRoutes.ts'
import { listRoutes } from './graphListRoutes.ts'

/** Graph's lists. `items/delta` stands before `items/{id}`: the first match wins. */
export const routes: readonly Route[] = [...deltaRoutes, ...itemRoutes, ...columnRoutes, ...listRoutes, ...driveItemRoutes]
