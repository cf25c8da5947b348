import type { Route, ServiceReply } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { visibleItems } from '../sharepoint/trimming.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { readGraphQuery } from './graphQuery.ts'
import { GRAPH_ROOT, METADATA, shaperFor } from './itemReplies.ts'
import { isStillHidden } from './queryLag.ts'
import { readSelection } from './selection.ts'

const DEFAULT_PAGE = 200
const LARGEST_PAGE = 1000
/** Tokens older than this make the client start over [B.7]; the real age is not published. */
const TOKEN_LIFETIME_MS = 30 * 24 * 60 * 60_000

/** Where a client is in the stream of changes. */
interface DeltaPosition {
  readonly driveId: string
  readonly afterChange: number
  /** In the first round deleted items are left out: the client never knew them. */
  readonly isFirstRound: boolean
  readonly issuedMs: number
}

function delta(context: ItemContext): ServiceReply {
  const { request, tenant, item: root } = context
  if (root.parentId !== undefined) {
    throw new ServiceError(400, 'invalidRequest', 'View delta can only be called on the root of a drive.')
  }
  const options = readGraphQuery(request, ['$select', '$top', 'token'])
  const pageSize = options.top ?? DEFAULT_PAGE
  if (pageSize < 1 || (pageSize > LARGEST_PAGE && tenant.behaviour.profile === 'strict')) {
    throw new ServiceError(400, 'invalidRequest', `The value of $top must be between 1 and ${LARGEST_PAGE}.`)
  }
  const token = tokenOf(request)
  const { driveId } = root
  const nowMs = tenant.clock.now()
  const context_ = `${METADATA}#drives('${encodeURIComponent(driveId)}')/root/$delta`
  const link = (position: Omit<DeltaPosition, 'driveId' | 'issuedMs'>) => {
    const query = new URLSearchParams()
    if (options.select !== undefined) query.set('$select', options.select.join(','))
    if (options.top !== undefined) query.set('$top', String(options.top))
    query.set('token', encodeToken({ ...position, driveId, issuedMs: nowMs }))
    return `${GRAPH_ROOT}/drives/${driveId}/root/delta?${query.toString().replaceAll('%24', '$').replaceAll('%2C', ',')}`
  }
  const isResync = token !== '' && token !== 'latest' && tenant.faults.isActive('deltaResync', request)
  if (isResync)
    throw resync(
      tenant.random.integer(2) === 0 ? 'ApplyDifferences' : 'UploadDifferences',
      link({ afterChange: 0, isFirstRound: true }),
    )
  if (token === 'latest') {
    const deltaLink = link({ afterChange: tenant.items.lastChange(driveId), isFirstRound: false })
    return { status: 200, body: { '@odata.context': context_, '@odata.deltaLink': deltaLink, value: [] } }
  }
  const position = token === '' ? { afterChange: 0, isFirstRound: true } : checkToken(decodeToken(token), driveId, nowMs, link)

  const lagMs = tenant.faults.amount('listLag', request) ?? tenant.behaviour.queryLagMs
  const { page, afterChange, isLast } = readChanges({
    read: (after, limit) => tenant.items.changes(driveId, after, limit),
    position,
    pageSize: Math.min(pageSize, LARGEST_PAGE),
    isVisible: visibleItems(tenant, callerOf(request), context),
    isHidden: (item) =>
      isStillHidden(item.uniqueId, item.changedMs, { lagMs, nowMs }) || tenant.migration.isUnlisted(item.uniqueId),
  })
  const isRepeating = tenant.faults.isActive('deltaDuplicates', request)
  const shown = isRepeating && page[0] !== undefined ? [page[0], ...page, page[0]] : page
  const shaper = shaperFor(context)
  const selection = readSelection(options)
  const next = link({ afterChange, isFirstRound: position.isFirstRound && !isLast })
  return {
    status: 200,
    body: {
      '@odata.context': context_,
      [isLast ? '@odata.deltaLink' : '@odata.nextLink']: next,
      value: shown.map((item) => shaper.deltaShape(item, selection)),
    },
  }
}

/** The next changes that a client may see. Deleted items of the first round are passed over, not counted. */
function readChanges(options: {
  readonly read: (after: number, limit: number) => readonly ItemRecord[]
  readonly position: { readonly afterChange: number; readonly isFirstRound: boolean }
  readonly pageSize: number
  readonly isVisible: (item: ItemRecord) => boolean
  readonly isHidden: (item: ItemRecord) => boolean
}): { readonly page: readonly ItemRecord[]; readonly afterChange: number; readonly isLast: boolean } {
  const page: ItemRecord[] = []
  let { afterChange } = options.position
  for (;;) {
    const batch = options.read(afterChange, options.pageSize + 1)
    for (const item of batch) {
      if (options.isHidden(item)) return { page, afterChange, isLast: true }
      if (page.length === options.pageSize) return { page, afterChange, isLast: false }
      afterChange = item.changeNumber
      const isKnown = item.deletedMs === undefined || !options.position.isFirstRound
      if (isKnown && options.isVisible(item)) page.push(item)
    }
    if (batch.length <= options.pageSize) return { page, afterChange, isLast: true }
  }
}

function tokenOf(request: { readonly url: URL; readonly rawPath: string }): string {
  const inPath = /delta\(token=(?:'|%27)(.*?)(?:'|%27)\)$/i.exec(request.rawPath)
  return inPath?.[1] ?? request.url.searchParams.get('token') ?? ''
}

function encodeToken(position: DeltaPosition): string {
  const { driveId, afterChange, isFirstRound, issuedMs } = position
  return Buffer.from(JSON.stringify([1, driveId, afterChange, isFirstRound, issuedMs])).toString('base64url')
}

function decodeToken(token: string): DeltaPosition | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    const [version, driveId, afterChange, isFirstRound, issuedMs] = Array.isArray(parts) ? (parts as unknown[]) : []
    if (version !== 1 || typeof driveId !== 'string' || typeof afterChange !== 'number' || typeof issuedMs !== 'number')
      return undefined
    return { driveId, afterChange, isFirstRound: isFirstRound === true, issuedMs }
  } catch {
    return undefined
  }
}

/** 400 for a token that is none, 410 for one of another drive (upload your differences) or an expired one (apply ours) [B.7]. */
function checkToken(
  position: DeltaPosition | undefined,
  driveId: string,
  nowMs: number,
  link: (position: Pick<DeltaPosition, 'afterChange' | 'isFirstRound'>) => string,
): DeltaPosition {
  if (position === undefined) throw new ServiceError(400, 'invalidRequest', 'The provided delta token is not valid.')
  const start = link({ afterChange: 0, isFirstRound: true })
  if (position.driveId !== driveId) throw resync('UploadDifferences', start)
  if (nowMs - position.issuedMs > TOKEN_LIFETIME_MS) throw resync('ApplyDifferences', start)
  return position
}

function resync(kind: 'ApplyDifferences' | 'UploadDifferences', location: string): ServiceError {
  return new ServiceError(410, `resyncChanges${kind}`, "Resync required. Replace any local items with the server's version.", {
    innerCode: 'resyncRequired',
    headers: { location },
  })
}

const DELTA_WITH_TOKEN = /^(?:microsoft\.graph\.)?delta\(token=.*\)$/i

export const routes: readonly Route[] = ['delta', '{}'].map((action, index) => {
  const route = itemRoute(
    {
      name: index === 0 ? 'drive.delta' : 'drive.delta.function',
      methods: ['GET'],
      action: [action],
      level: 'read',
      resourceUnits: (request) => (tokenOf(request) === '' ? 2 : 1),
    },
    delta,
  )
  const isFunction = (rawPath: string) => DELTA_WITH_TOKEN.test(rawPath.slice(rawPath.lastIndexOf('/') + 1))
  return index === 0
    ? route
    : { ...route, match: (rawPath, query) => (isFunction(rawPath) ? route.match(rawPath, query) : undefined) }
})
