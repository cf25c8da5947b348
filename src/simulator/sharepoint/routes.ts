import type { Route } from '../core/http.ts'
import { batchRoutes } from './batchRoutes.ts'
import { fieldRoutes } from './fieldRoutes.ts'
import { fileRoutes } from './fileRoutes.ts'
import { folderRoutes } from './folderRoutes.ts'
import { formValueRoutes } from './formValueRoutes.ts'
import { groupRoutes } from './groupRoutes.ts'
import { itemRoutes } from './itemRoutes.ts'
import { listDataRoutes } from './listDataRoutes.ts'
import { listRoutes } from './listRoutes.ts'
import { moveRoutes } from './moveRoutes.ts'
import { recycleRoutes } from './recycleRoutes.ts'
import { roleRoutes } from './roleRoutes.ts'
import { securityRoutes } from './securityRoutes.ts'
import { siteManagerRoutes } from './siteManagerRoutes.ts'
import { webRoutes } from './webRoutes.ts'

/** SharePoint REST (`_api`) below every site of the tenant. */
export const routes: readonly Route[] = [
  ...itemRoutes,
  ...listRoutes,
  ...listDataRoutes,
  ...formValueRoutes,
  ...fieldRoutes,
  ...webRoutes,
  ...fileRoutes,
  ...folderRoutes,
  ...moveRoutes,
  ...recycleRoutes,
  ...roleRoutes,
  ...securityRoutes,
  ...groupRoutes,
  ...siteManagerRoutes,
  ...batchRoutes,
]
