import type { Route, ServiceReply } from '../../core/http.ts'
import { ServiceError } from '../../core/serviceError.ts'
import { SCOPES } from '../../sharepoint/restRoute.ts'
import { callerOf, requireAccess } from '../../sharepoint/siteAccess.ts'
import { openItem, type PendingItem, setField, writeItem } from './csomItems.ts'
import { type CsomCall, type CsomValue, readCsomRequest } from './csomRequest.ts'
import { createJob, deleteJob, type MigrationCall, provisionContainers, readProgress, readStatus } from './migrationCalls.ts'

const PATH = /^(.*)\/_vti_bin\/client\.svc\/processquery$/i
const LARGEST_BODY_BYTES = 2 * 1024 * 1024
const CALL_UNITS = 2

type Carry = (call: MigrationCall, parameters: readonly CsomValue[]) => Promise<unknown> | unknown

const METHODS: Readonly<Record<string, { readonly level: 'read' | 'full'; readonly carry: Carry }>> = {
  ProvisionMigrationContainers: {
    level: 'full',
    async carry(call) {
      const made = await provisionContainers(call)
      return {
        _ObjectType_: 'SP.ProvisionedMigrationContainersInfo',
        DataContainerUri: made.dataContainerUri,
        EncryptionKey: `/Base64Binary(${made.encryptionKey})/`,
        MetadataContainerUri: made.metadataContainerUri,
      }
    },
  },
  CreateMigrationJobEncrypted: {
    level: 'full',
    carry(call, [webId, content, manifest, queue, options]) {
      const key = typeof options === 'object' && options !== null ? options.AES256CBCKey : undefined
      return guidText(
        createJob(call, {
          webId: guidOf(webId),
          contentUri: textOf(content),
          manifestUri: textOf(manifest),
          queueUri: typeof queue === 'string' && queue !== '' ? queue : null,
          encryptionKey: textOf(key ?? null),
        }),
      )
    },
  },
  CreateMigrationJob: {
    level: 'full',
    carry: (call, [webId, content, manifest, queue]) =>
      guidText(
        createJob(call, {
          webId: guidOf(webId),
          contentUri: textOf(content),
          manifestUri: textOf(manifest),
          queueUri: typeof queue === 'string' && queue !== '' ? queue : null,
          encryptionKey: undefined,
        }),
      ),
  },
  GetMigrationJobProgress: {
    level: 'read',
    carry(call, [jobId, nextToken]) {
      const { logs, nextToken: next } = readProgress(call, guidOf(jobId), textOf(nextToken ?? '0'))
      return { _ObjectType_: 'SP.MigrationJobProgress', Logs: logs, NextToken: next }
    },
  },
  GetMigrationJobStatus: { level: 'read', carry: (call, [jobId]) => readStatus(call, guidOf(jobId)) },
  DeleteMigrationJob: { level: 'full', carry: (call, [jobId]) => deleteJob(call, guidOf(jobId)) },
}

/** The import calls by CSOM. Refusals are 200 with `ErrorInfo`, as everywhere in CSOM [D.1]. */
export const csomRoutes: readonly Route[] = [
  {
    name: 'sharepoint.migration.csom',
    service: 'sharepoint',
    methods: ['POST'],
    match: (rawPath) => (PATH.test(rawPath) ? {} : undefined),
    resourceUnits: CALL_UNITS,
    access: SCOPES.read,
    async handle(request, tenant) {
      const webPath = decodeURIComponent(PATH.exec(request.rawPath)?.[1] ?? '')
      const site = tenant.sites.siteByPath(request.host, webPath)
      if (site === undefined)
        throw new ServiceError(404, '-1, Microsoft.SharePoint.Client.ResourceNotFoundException', '404 FILE NOT FOUND')
      const call: MigrationCall = { request, tenant, site, caller: callerOf(request) }
      try {
        const { calls, loads } = readCsomRequest((await request.bytes(LARGEST_BODY_BYTES)).toString('utf8'))
        const results: unknown[] = loads.flatMap((id) => [id, { IsNull: false }])
        const pending = new Map<string, PendingItem>()
        for (const each of calls) {
          const result = each.identity === undefined ? await carryOut(call, each) : changeItem(call, each, pending)
          // Methods without a result are not answered.
          if (result !== undefined) results.push(each.actionId, result)
        }
        return answer(request.id, null, results)
      } catch (error) {
        if (!(error instanceof ServiceError) || error.isUnknown) throw error
        return answer(request.id, error, [])
      }
    },
  },
]

function carryOut(call: MigrationCall, { method, parameters }: CsomCall): Promise<unknown> | unknown {
  const known = METHODS[method]
  if (known === undefined) throw unknownMethod(method)
  requireScopes(call, known.level)
  requireAccess(call.request, call.tenant, call.site, known.level)
  return known.carry(call, parameters)
}

/** A method of an item, named by its identity. */
function changeItem(
  call: MigrationCall,
  { identity = '', method, parameters }: CsomCall,
  pending: Map<string, PendingItem>,
): undefined {
  requireScopes(call, 'contribute')
  const item = pending.get(identity) ?? openItem(call, identity)
  pending.set(identity, item)
  if (method === 'SetFieldValue' || method === 'ParseAndSetFieldValue') setField(call, item, parameters)
  else if (['SystemUpdate', 'UpdateOverwriteVersion', 'Update'].includes(method)) writeItem(call, item, method)
  else throw unknownMethod(method)
}

function unknownMethod(method: string): ServiceError {
  return new ServiceError(
    400,
    '-1, Microsoft.SharePoint.Client.InvalidClientQueryException',
    `Method "${method}" does not exist.`,
    { isUnknown: true },
  )
}

/** The route lets readers in; some methods need more. */
function requireScopes({ request, caller }: MigrationCall, level: 'read' | 'contribute' | 'full'): void {
  const wanted: readonly string[] = caller.kind === 'user' ? SCOPES[level].delegated : SCOPES[level].application
  const held = caller.kind === 'user' ? caller.scopes : caller.roles
  if (!wanted.some((permission) => held.includes(permission)))
    throw new ServiceError(
      403,
      '-2147024891, System.UnauthorizedAccessException',
      `Access denied. You do not have permission to perform this action or access this resource. (${request.method})`,
    )
}

function answer(requestId: string, error: ServiceError | null, results: readonly unknown[]): ServiceReply {
  const [code = '-1', type = 'Microsoft.SharePoint.Client.ServerException'] = error?.code.split(', ') ?? []
  const errorInfo =
    error === null
      ? null
      : {
          ErrorMessage: error.message,
          ErrorValue: null,
          TraceCorrelationId: requestId,
          ErrorCode: Number(code),
          ErrorTypeName: type,
        }
  const head = {
    SchemaVersion: '15.0.0.0',
    LibraryVersion: '16.0.26607.12000',
    ErrorInfo: errorInfo,
    TraceCorrelationId: requestId,
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    // CSOM escapes the slashes that mark its typed texts.
    body: JSON.stringify([head, ...results])
      .replaceAll('"/', '"\\/')
      .replaceAll(')/"', ')\\/"'),
  }
}

const guidText = (guid: string) => `/Guid(${guid})/`

function textOf(value: CsomValue | undefined): string {
  if (typeof value === 'string') return value
  throw new ServiceError(
    400,
    '-2147024809, System.ArgumentException',
    'A parameter of the method is missing or has another type.',
  )
}

function guidOf(value: CsomValue | undefined): string {
  const text = textOf(value).replace(/[{}]/g, '')
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return text
  throw new ServiceError(400, '-2147024809, System.ArgumentException', 'A parameter of the method is not a GUID.')
}
