import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import type { Notebooks } from '../../engine/ports/destination.ts'
import type { ServiceClient } from './serviceClient.ts'
import { plain, rest, restPath } from './sharePointRest.ts'
import { readAnswer } from './wire.ts'

/** Nobody has published a price; this is what a write costs. [throttle] */
const UPDATE_RU = 2
/** What identities of the client object model begin with, in every tenant. [onenote] */
const IDENTITY_PREFIX = '740c6a0b-85e2-48a0-a494-e0f1759d4aa7'
const FIELD = 'HTML_x0020_File_x0020_Type'
const NOTEBOOK = 'OneNote.Notebook'

const idSchema = z.object({ Id: z.string().min(36) })
const itemSchema = z.object({ Id: z.number(), ParentList: z.object({ Id: z.string().min(36) }) })
const answerSchema = z.array(z.unknown()).min(1)
const headSchema = z.object({ ErrorInfo: z.object({ ErrorMessage: z.string().nullish() }).nullish() })

/**
 * Folders of one web become notebooks of OneNote by a field of their list item, which only the client object model writes. `SystemUpdate` keeps
 * times and people, and makes no version. [D.5, onenote]
 */
export function createNotebooks(client: ServiceClient, webUrl: string): Notebooks {
  const root = webUrl.replace(/\/+$/, '')
  let around: Promise<{ readonly siteId: string; readonly webId: string }> | undefined

  async function ask<T>(schema: z.ZodType<T>, what: string, url: string, signal: AbortSignal): Promise<T> {
    const reply = await client.retry(() => rest(client, { url, what, isRepeatable: true, signal }), signal)
    return readAnswer(schema, plain(reply.body), what)
  }

  async function findWeb(signal: AbortSignal): Promise<{ readonly siteId: string; readonly webId: string }> {
    const site = await ask(idSchema, 'The site', `${root}/_api/site?$select=Id`, signal)
    const web = await ask(idSchema, 'The site', `${root}/_api/web?$select=Id`, signal)
    return { siteId: site.Id, webId: web.Id }
  }

  return {
    async mark(serverRelativePath, signal) {
      const what = `The notebook ${serverRelativePath}`
      around ??= findWeb(signal)
      const { siteId, webId } = await around.catch((thrown: unknown) => {
        around = undefined
        throw thrown
      })
      const at = `${root}/_api/web/GetFolderByServerRelativePath(decodedurl='${restPath(serverRelativePath)}')/ListItemAllFields`
      const item = await ask(itemSchema, what, `${at}?$select=Id,ParentList/Id&$expand=ParentList`, signal)
      const identity = `${IDENTITY_PREFIX}:site:${siteId}:web:${webId}:list:${item.ParentList.Id}:item:${item.Id},1`
      await client.retry(async () => {
        const reply = await client.call({
          method: 'POST',
          url: `${root}/_vti_bin/client.svc/ProcessQuery`,
          headers: { accept: 'application/json', 'content-type': 'text/xml' },
          body: { kind: 'bytes', bytes: new TextEncoder().encode(updateOf(identity)) },
          resource: new URL(root).hostname,
          lane: 'bulk',
          ru: UPDATE_RU,
          what,
          isRepeatable: true,
          signal,
        })
        const head = readAnswer(headSchema, readAnswer(answerSchema, reply.body, what)[0], what)
        if (!head.ErrorInfo) return
        throw new MigrationError('DST_REFUSED', `${what} was refused: ${head.ErrorInfo.ErrorMessage ?? 'no reason'}`, {
          remedy: { kind: 'failItem' },
        })
      }, signal)
    },
  }
}

/** All of it is made of ids that the service told; nothing needs escaping. */
function updateOf(identity: string): string {
  const text = (value: string): string => `<Parameter Type="String">${value}</Parameter>`
  return (
    '<Request AddExpandoFieldTypeSuffix="true" SchemaVersion="15.0.0.0" LibraryVersion="16.0.0.0" ApplicationName="Portage"' +
    ' xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009"><Actions>' +
    `<Method Name="ParseAndSetFieldValue" Id="1" ObjectPathId="9"><Parameters>${text(FIELD)}${text(NOTEBOOK)}</Parameters></Method>` +
    '<Method Name="SystemUpdate" Id="2" ObjectPathId="9" />' +
    `</Actions><ObjectPaths><Identity Id="9" Name="${identity}" /></ObjectPaths></Request>`
  )
}
