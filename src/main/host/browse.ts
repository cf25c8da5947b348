import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BROWSE_PAGE_MAX, type SourcePlace } from '../../shared/contract/browse.ts'
import type { CommandResponse, ParsedRequest } from '../../shared/contract/commands.ts'
import { createHomeMatcher, type HomeOwner } from '../../shared/domain/homeFolders.ts'
import { MigrationError } from '../../shared/errors.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { isShare } from './openSource.ts'
import { testShare } from './shareTest.ts'

const SCANNED_MAX = 30
/** Pages that may still be asked for; the oldest is forgotten. */
const CURSORS_MAX = 200
/** Nobody looks at a list that takes longer. */
const BROWSE_TIME_MAX_MS = 60_000

type BrowseHandlers = Pick<
  Handlers,
  'sources.places' | 'sources.browse' | 'sources.test' | 'destinations.browse' | 'people.match' | 'browse.cancel'
>

/** Everything that fills the two panes of Create. Reads names only, here and at the destination. */
export function createBrowseHandlers(app: App, scannedPaths: () => readonly string[]): BrowseHandlers {
  const running = new Map<string, AbortController>()
  const cursors = new Map<string, string>()

  /** A new piece of work with a ticket gives up the former one of that ticket: only the last look counts. */
  async function work<T>(ticket: string | undefined, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const own = new AbortController()
    if (ticket !== undefined) {
      running.get(ticket)?.abort()
      running.set(ticket, own)
    }
    const signal = AbortSignal.any([own.signal, app.closing, AbortSignal.timeout(BROWSE_TIME_MAX_MS)])
    try {
      return await Promise.race([act(signal), whenAborted(signal)])
    } finally {
      if (ticket !== undefined && running.get(ticket) === own) running.delete(ticket)
    }
  }

  function remember(next: string | undefined): { readonly cursor?: string } {
    if (next === undefined) return {}
    const cursor = randomUUID()
    cursors.set(cursor, next)
    for (const oldest of cursors.keys()) {
      if (cursors.size <= CURSORS_MAX) break
      cursors.delete(oldest)
    }
    return { cursor }
  }

  return {
    'sources.places': async () => ({ places: await sourcePlaces(app, scannedPaths()) }),
    'sources.browse': ({ path: folder, search, ticket }) => work(ticket, () => listFolders(folder, search)),
    'sources.test': ({ path: folder }) =>
      work(undefined, (signal) => (isShare(folder) ? testShare(app.environment, folder, signal) : testSource(folder))),
    'destinations.browse': ({ place, search, cursor, ticket }) =>
      work(ticket, async (signal) => {
        const next = cursor === undefined ? undefined : cursors.get(cursor)
        if (cursor !== undefined && next === undefined) throw outdatedPage()
        const page = await app.host().service.browser.browse(place, { search, next, signal })
        return { nodes: [...page.nodes], ...remember(page.next) }
      }),
    'people.match': ({ paths, ticket }) => work(ticket, (signal) => matchPeople(app, paths, signal)),
    'browse.cancel': async ({ ticket }) => {
      const found = running.get(ticket)
      found?.abort()
      return { wasRunning: found !== undefined }
    },
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(givenUp(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function givenUp(isTooSlow: boolean): MigrationError {
  return new MigrationError(
    'INPUT_USAGE',
    isTooSlow ? 'Listing this place took longer than a minute.' : 'Looking was given up.',
    {
      remedy: { kind: 'retry' },
      ...(isTooSlow ? { fix: 'Type the path, or search for a part of the name.' } : {}),
    },
  )
}

function outdatedPage(): MigrationError {
  return new MigrationError('INPUT_USAGE', 'This list is too old to go on with.', {
    remedy: { kind: 'retry' },
    fix: 'Open it again.',
  })
}

async function sourcePlaces(app: App, scanned: readonly string[]): Promise<SourcePlace[]> {
  const places: SourcePlace[] = []
  const known = new Set<string>()
  const add = (kind: SourcePlace['kind'], label: string, place: string) => {
    if (known.has(place)) return
    known.add(place)
    places.push({ kind, label, path: place })
  }
  const sample = path.join(app.environment.workFolder.path, 'sample-share')
  if (fs.existsSync(sample)) add('sample', 'Sample share', sample)
  for (const place of scanned.slice(0, SCANNED_MAX)) add('scanned', place, place)
  add('home', 'Home folder', os.homedir())
  for (const root of await roots()) add('drive', root === '/' ? 'This computer' : root, root)
  return places
}

async function roots(): Promise<readonly string[]> {
  if (process.platform !== 'win32') return ['/']
  const letters = [...'CDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`)
  const found = await Promise.all(
    letters.map((root) =>
      fs.promises.access(root).then(
        () => [root],
        () => [],
      ),
    ),
  )
  return found.flat()
}

async function listFolders(folder: string, search: string | undefined): Promise<CommandResponse<'sources.browse'>> {
  const wanted = (search ?? '').trim().toLowerCase()
  const names: string[] = []
  let isTruncated = false
  try {
    for await (const entry of await fs.promises.opendir(folder)) {
      if (!entry.isDirectory() || !entry.name.toLowerCase().includes(wanted)) continue
      if (names.length >= BROWSE_PAGE_MAX) {
        isTruncated = true
        break
      }
      names.push(entry.name)
    }
  } catch (cause) {
    throw unreadable(folder, cause)
  }
  const parent = path.dirname(folder)
  return {
    path: folder,
    ...(parent === folder ? {} : { parent }),
    folders: names.sort((a, b) => a.localeCompare(b)).map((name) => ({ name, path: path.join(folder, name) })),
    isTruncated,
  }
}

async function testSource(folder: string): Promise<CommandResponse<'sources.test'>> {
  try {
    let files = 0
    let folders = 0
    let readable: string | undefined
    for await (const entry of await fs.promises.opendir(folder)) {
      if (entry.isDirectory()) folders++
      else files++
      if (entry.isFile()) readable ??= path.join(folder, entry.name)
      if (files + folders >= BROWSE_PAGE_MAX) break
    }
    if (readable !== undefined) await (await fs.promises.open(readable, 'r')).close()
    const more = files + folders >= BROWSE_PAGE_MAX ? 'at least ' : ''
    return { ok: true, found: `This agent can read it: ${more}${folders} folders and ${files} files at its top.` }
  } catch (cause) {
    const error = unreadable(folder, cause)
    return { ok: false, found: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
  }
}

function unreadable(folder: string, cause: unknown): MigrationError {
  const reason = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const options = { remedy: { kind: 'stopTask' }, cause } as const
  if (reason === 'EACCES' || reason === 'EPERM') {
    return new MigrationError('SRC_NO_ACCESS', `The account of this agent may not read ${folder}.`, {
      ...options,
      fix: 'Give it read permission on the share and in the file system, then try again.',
    })
  }
  if (reason === 'ENOTDIR') {
    return new MigrationError('SRC_NOT_A_FOLDER', `${folder} is a file.`, {
      ...options,
      fix: 'Choose the folder that it lies in.',
    })
  }
  return new MigrationError('SRC_NOT_FOUND', `${folder} cannot be opened on this computer.`, {
    ...options,
    fix: 'Check the path, and that this computer reaches the share.',
  })
}

async function matchPeople(
  app: App,
  paths: ParsedRequest<'people.match'>['paths'],
  signal: AbortSignal,
): Promise<CommandResponse<'people.match'>> {
  const owners: HomeOwner[] = []
  for await (const page of app.host().service.browser.people(signal)) owners.push(...page)
  const match = createHomeMatcher(owners)
  return {
    matches: paths.map((folderPath) => {
      const folder = folderPath.split(/[\\/]/).findLast((part) => part !== '') ?? folderPath
      const people = match(folder).map(({ owner: { upn, displayName }, how }) => ({ upn, displayName, how }))
      return { path: folderPath, folder, people }
    }),
  }
}
