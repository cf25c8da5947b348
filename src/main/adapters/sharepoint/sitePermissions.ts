import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import type { ServiceClient } from './serviceClient.ts'

/** Bits of SharePoint's base permissions, low word. */
const ADD_LIST_ITEMS = 0x2
const ADD_AND_CUSTOMIZE_PAGES = 0x40000

const mask = z.object({ Low: z.coerce.number() })
const webSchema = z.object({ EffectiveBasePermissions: mask.optional() })

export interface SitePermissions {
  readonly mayAddItems: boolean
  /** Custom script is allowed; when not, script-bearing files are refused. */
  readonly mayCustomizePages: boolean
}

/**
 * What this sign-in may do on a site, asked from SharePoint itself without writing anything. undefined = SharePoint would not say (no token
 * for it, an app without SharePoint permission, an older front end); then the first write tells.
 */
export async function readSitePermissions(
  client: ServiceClient,
  webUrl: string,
  signal: AbortSignal,
): Promise<SitePermissions | undefined> {
  const url = new URL(webUrl)
  try {
    const reply = await client.call({
      method: 'GET',
      url: `${url.origin}${url.pathname.replace(/\/+$/, '')}/_api/web?$select=EffectiveBasePermissions`,
      headers: { accept: 'application/json;odata=nometadata' },
      resource: url.hostname,
      lane: 'control',
      ru: 2,
      what: `The permissions on ${webUrl}`,
      isRepeatable: true,
      accepts: [400, 401, 403, 404, 501],
      signal,
    })
    const permissions = reply.status === 200 ? webSchema.safeParse(reply.body).data?.EffectiveBasePermissions : undefined
    if (!permissions) return undefined
    return {
      mayAddItems: (permissions.Low & ADD_LIST_ITEMS) !== 0,
      mayCustomizePages: (permissions.Low & ADD_AND_CUSTOMIZE_PAGES) !== 0,
    }
  } catch (thrown) {
    signal.throwIfAborted()
    // Files go through Graph; a missing sign-in for SharePoint alone does not stop them.
    if (thrown instanceof MigrationError && thrown.code.startsWith('AUTH_')) return undefined
    throw thrown
  }
}
