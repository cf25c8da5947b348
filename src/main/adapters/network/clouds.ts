import { z } from 'zod'

/** The Microsoft clouds; a tenant lives in exactly one. GCC (`usGov`) shares the hosts of the global cloud. */
export const cloudNameSchema = z.enum(['global', 'usGov', 'usGovHigh', 'dod', 'china'])
export type CloudName = z.infer<typeof cloudNameSchema>

/** Host names of one cloud. Everything that differs between clouds stands here and nowhere else. */
export interface Cloud {
  readonly loginHost: string
  readonly graphHost: string
  /** `contoso` + this is the tenant's SharePoint host. */
  readonly sharePointSuffix: string
  readonly blobSuffix: string
  readonly queueSuffix: string
  /** The Migration API does not exist everywhere. [mig-enc] */
  readonly hasMigrationApi: boolean
}

const GLOBAL: Cloud = {
  loginHost: 'login.microsoftonline.com',
  graphHost: 'graph.microsoft.com',
  sharePointSuffix: '.sharepoint.com',
  blobSuffix: '.blob.core.windows.net',
  queueSuffix: '.queue.core.windows.net',
  hasMigrationApi: true,
}

/** Azure Government hosts of blobs and queues. [mig-azure] */
const US_STORAGE = { blobSuffix: '.blob.core.usgovcloudapi.net', queueSuffix: '.queue.core.usgovcloudapi.net' }

export const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  global: GLOBAL,
  usGov: GLOBAL,
  usGovHigh: {
    loginHost: 'login.microsoftonline.us',
    graphHost: 'graph.microsoft.us',
    sharePointSuffix: '.sharepoint.us',
    ...US_STORAGE,
    hasMigrationApi: true,
  },
  dod: {
    loginHost: 'login.microsoftonline.us',
    graphHost: 'dod-graph.microsoft.us',
    sharePointSuffix: '.sharepoint-mil.us',
    ...US_STORAGE,
    hasMigrationApi: true,
  },
  china: {
    // The alias whose endpoints the sign-in library carries, so that no discovery request is made. [msal]
    loginHost: 'login.partner.microsoftonline.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    sharePointSuffix: '.sharepoint.cn',
    blobSuffix: '.blob.core.chinacloudapi.cn',
    queueSuffix: '.queue.core.chinacloudapi.cn',
    hasMigrationApi: false,
  },
}

export const graphBase = (cloud: CloudName): string => `https://${CLOUDS[cloud].graphHost}/v1.0`
export const authorityOf = (cloud: CloudName, tenantId: string): string =>
  `https://${CLOUDS[cloud].loginHost}/${encodeURIComponent(tenantId)}`
