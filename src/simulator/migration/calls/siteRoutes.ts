import type { Route } from '../../core/http.ts'
import { ServiceError } from '../../core/serviceError.ts'
import { complex, functionReply } from '../../sharepoint/dialect.ts'
import { isObject, readMembers, readRestBody } from '../../sharepoint/restBody.ts'
import { invalidQuery } from '../../sharepoint/restErrors.ts'
import { type RestContext, type RestHandler, restRoute } from '../../sharepoint/restRoute.ts'
import { createJob, deleteJob, type JobRequest, provisionContainers, readProgress, readStatus } from './migrationCalls.ts'

/** No price is published for these calls; each is charged like a write [E]. */
const CALL_UNITS = 2

const JOB_MEMBERS = {
  gWebId: 'string',
  azureContainerSourceUri: 'string',
  azureContainerManifestUri: 'string',
  azureQueueReportUri: 'string',
  options: 'any',
} as const

const provision: RestHandler = async (context) => {
  const { dataContainerUri, metadataContainerUri, encryptionKey } = await provisionContainers(context)
  return functionReply(
    context.request,
    'ProvisionMigrationContainers',
    complex('SP.ProvisionedMigrationContainersInfo', {
      DataContainerUri: dataContainerUri,
      EncryptionKey: encryptionKey,
      MetadataContainerUri: metadataContainerUri,
    }),
  )
}

const provisionQueue: RestHandler = () => {
  throw new ServiceError(
    501,
    '-1, System.NotImplementedException',
    'The practice tenant provides no reporting queue; ask GetMigrationJobProgress.',
    {
      isUnknown: true,
    },
  )
}

async function readJob(context: RestContext, isEncrypted: boolean): Promise<JobRequest> {
  const body = readMembers(await readRestBody(context.request), JOB_MEMBERS, 'SP.Site')
  const text = (name: 'gWebId' | 'azureContainerSourceUri' | 'azureContainerManifestUri'): string => {
    const value = body[name]
    if (typeof value !== 'string' || value === '') throw invalidQuery(`The parameter ${name} is missing.`)
    return value
  }
  const options = body.options
  const key = isObject(options) ? options.AES256CBCKey : undefined
  if (isEncrypted && typeof key !== 'string') throw invalidQuery('The parameter options needs the member AES256CBCKey.')
  if (!isEncrypted && options !== undefined)
    throw invalidQuery('The parameter options does not exist in method CreateMigrationJob.')
  return {
    webId: text('gWebId'),
    contentUri: text('azureContainerSourceUri'),
    manifestUri: text('azureContainerManifestUri'),
    queueUri: body.azureQueueReportUri ?? null,
    encryptionKey: isEncrypted && typeof key === 'string' ? key : undefined,
  }
}

const submit =
  (name: string, isEncrypted: boolean): RestHandler =>
  async (context) =>
    functionReply(context.request, name, createJob(context, await readJob(context, isEncrypted)))

function jobIdOf({ argument }: RestContext, ...names: readonly string[]): string {
  const jobId = names.map((name) => argument(name)).find((value) => value !== undefined) ?? argument('')
  if (jobId === undefined || !/^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i.test(jobId))
    throw invalidQuery('The job id is not a GUID.')
  return jobId.replace(/[{}]/g, '')
}

const progress: RestHandler = (context) => {
  const { logs, nextToken } = readProgress(context, jobIdOf(context, 'jobid'), context.argument('nexttoken') ?? '0')
  return functionReply(
    context.request,
    'GetMigrationJobProgress',
    complex('SP.MigrationJobProgress', { Logs: logs, NextToken: nextToken }),
  )
}

const status: RestHandler = (context) =>
  functionReply(context.request, 'GetMigrationJobStatus', readStatus(context, jobIdOf(context, 'id', 'jobid')))

const remove: RestHandler = async (context) => {
  const hasArgument = context.argument('') !== undefined
  const body = hasArgument ? undefined : await readRestBody(context.request)
  const inBody = body?.id ?? body?.jobId
  const jobId = typeof inBody === 'string' ? inBody : jobIdOf(context, 'id', 'jobid')
  return functionReply(context.request, 'DeleteMigrationJob', deleteJob(context, jobId))
}

function route(
  name: string,
  call: string,
  options: { readonly methods: readonly string[]; readonly level: 'read' | 'full'; readonly handle: RestHandler },
): Route {
  return restRoute({ name: `migration.${name}`, key: `site/${call.toLowerCase()}`, resourceUnits: CALL_UNITS, ...options })
}

/** Import calls of a site collection by REST [D.1]. */
export const siteRoutes: readonly Route[] = [
  route('progress', 'GetMigrationJobProgress', { methods: ['GET', 'POST'], level: 'read', handle: progress }),
  route('containers.provision', 'ProvisionMigrationContainers', { methods: ['POST'], level: 'full', handle: provision }),
  route('job.submitEncrypted', 'CreateMigrationJobEncrypted', {
    methods: ['POST'],
    level: 'full',
    handle: submit('CreateMigrationJobEncrypted', true),
  }),
  route('job.submit', 'CreateMigrationJob', { methods: ['POST'], level: 'full', handle: submit('CreateMigrationJob', false) }),
  route('status', 'GetMigrationJobStatus', { methods: ['GET', 'POST'], level: 'read', handle: status }),
  route('job.delete', 'DeleteMigrationJob', { methods: ['POST'], level: 'full', handle: remove }),
  route('queue.provision', 'ProvisionMigrationQueue', { methods: ['POST'], level: 'full', handle: provisionQueue }),
]
