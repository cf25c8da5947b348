import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { SeededRandom } from '../../engine/testing/fakeClock.ts'
import { type BulkMigration, FINANCE, type Migration, openBulkMigration, routesOf } from '../../host/testing/bulkMigration.ts'

/**
 * Random trees, migrated by both routes: R0, then edits, then R1. The two libraries are compared item by item: paths, kinds, sizes, hashes,
 * times, and every version with its size. What one route cannot carry by the service's own rules is stated below and compared with the rule:
 *
 * - Authors and editors whom the identity map does not know. An upload leaves the account that uploads [B.2], an import the service's own [D.6].
 *   Known ones are the same on both routes: a package names them, after an upload they are written into the list item.
 * - History. Graph cannot create versions, so both routes begin with the current content; what a round changes is a new version on either
 *   route, because a package would replace the file with all its versions. [B.7, D.5]
 * - A name with a semicolon cannot be addressed by path, so an upload makes the file empty first: that is one version more. [B.3]
 * - Empty files go by upload on either route: whether an import takes them is not known. [D.3]
 */
const UPLOADER = 'Portage practice'
const NOBODY = 'System Account'
const PEOPLE = new Map([
  [1001, 'Ann Archer'],
  [1002, 'Bob Baker'],
])
const identityMap: IdentityMapping[] = [
  { source: 'uid:1001', target: 'ann@contoso.com', isGroup: false },
  { source: 'UID:1002', target: 'bob@contoso.com', isGroup: false },
  { source: 'uid:1003', target: 'Everybody', isGroup: true },
]
// Only root may give files away; for everybody else all of them are their own.
const tester = process.getuid?.() ?? 0
if (tester !== 0) {
  PEOPLE.set(tester, 'Ann Archer')
  identityMap.push({ source: `uid:${tester}`, target: 'ann@contoso.com', isGroup: false })
}

let tenant: RunningTenant
let bulk: BulkMigration
beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  bulk = await openBulkMigration(tenant.connectionFile)
}, 60_000)
afterAll(async () => {
  await bulk?.close()
  await tenant?.close()
})

test.each([1, 2, 3])(
  'random tree %i is the same library by both routes, through two rounds',
  async (seed) => {
    const dice = new Dice(seed)
    const tree = new RandomTree(path.join(bulk.folder, `tree-${seed}`), dice)
    const [packages, session] = [`Tree ${seed} packages`, `Tree ${seed} session`]
    const first = await bothRoutes(tree.root, { packages, session })
    expect(routesOf(first.packages.journal).package).toBeGreaterThan(25)
    expect(routesOf(first.session.journal).package).toBeUndefined()
    const before = await sameLibraries(tree, { packages, session })
    expect([...before.values()].every(({ versions }) => versions.length <= 1 || versions.every((bytes) => bytes === 0))).toBe(
      true,
    )

    const edited = tree.edit()
    const second = await bothRoutes(tree.root, { packages, session }, first)
    expect(routesOf(second.packages.journal)).toEqual({ package: edited.created.length, session: edited.changed.length })
    const after = await sameLibraries(tree, { packages, session })
    for (const name of edited.changed)
      expect(after.get(name)?.versions).toEqual([tree.sizeOf(name), ...(before.get(name)?.versions ?? [])])
    for (const { packages: one, session: other } of [first, second]) for (const { journal } of [one, other]) journal.close()
  },
  180_000,
)

interface Libraries<T> {
  readonly packages: T
  readonly session: T
}

async function bothRoutes(
  source: string,
  libraries: Libraries<string>,
  before?: Libraries<Migration>,
): Promise<Libraries<Migration>> {
  const run = (route: 'package' | 'session', library: string, previous: Migration | undefined) =>
    bulk.migrate(source, library, {
      settings: { route, identityMap },
      ...(previous ? { round: 1, previous: previous.journal } : {}),
    })
  const packages = await run('package', libraries.packages, before?.packages)
  const session = await run('session', libraries.session, before?.session)
  for (const { outcome } of [packages, session]) expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
  return { packages, session }
}

interface Shown {
  readonly kind: string
  readonly sizeBytes: number
  readonly hash: string | undefined
  readonly created: string
  readonly modified: string
  /** Sizes, newest first. */
  readonly versions: readonly number[]
}

/** Compares everything that both routes promise, and authors with the rule of each. */
async function sameLibraries(tree: RandomTree, names: Libraries<string>): Promise<ReadonlyMap<string, Shown>> {
  const packages = await readLibrary(names.packages)
  const session = await readLibrary(names.session)
  const promised = (items: typeof packages) => Object.fromEntries([...items].map(([name, { shown }]) => [name, shown]))
  const uploaded = new Map([...session].map(([name, item]) => [name, { ...item, shown: withoutBeginning(name, item.shown) }]))
  expect(promised(packages)).toEqual(promised(uploaded))
  expect(packages.size).toBe(tree.count)
  for (const [name, { people, shown }] of packages) {
    if (shown.kind === 'folder') continue
    const known = PEOPLE.get(tree.ownerOf(name))
    const author = known ?? (tree.wasEmpty(name) ? UPLOADER : NOBODY)
    const editor = known ?? (tree.isChanged(name) ? UPLOADER : author)
    expect({ name, people }).toEqual({ name, people: { author, editor } })
  }
  for (const [name, { people, shown }] of session) {
    if (shown.kind === 'folder') continue
    const person = PEOPLE.get(tree.ownerOf(name)) ?? UPLOADER
    expect({ name, people }).toEqual({ name, people: { author: person, editor: person } })
  }
  return new Map([...packages].map(([name, { shown }]) => [name, shown]))
}

function withoutBeginning(name: string, shown: Shown): Shown {
  const isMadeEmpty = shown.kind === 'file' && shown.sizeBytes > 0 && path.posix.basename(name).includes(';')
  if (!isMadeEmpty) return shown
  expect(shown.versions.at(-1)).toBe(0)
  return { ...shown, versions: shown.versions.slice(0, -1) }
}

const identity = z.object({
  user: z.object({ displayName: z.string() }).optional(),
  application: z.object({ displayName: z.string() }).optional(),
})
const nameOf = ({ user, application }: z.infer<typeof identity>) => user?.displayName ?? application?.displayName ?? ''
const itemSchema = z.object({
  createdBy: identity,
  lastModifiedBy: identity,
  fileSystemInfo: z.object({ createdDateTime: z.string(), lastModifiedDateTime: z.string() }),
})
const versionsSchema = z.object({ value: z.array(z.object({ size: z.number() })) })

/** As Graph shows it to anybody, past the client. */
async function readLibrary(library: string) {
  const { access_token: token } = z.object({ access_token: z.string() }).parse(
    await tenant.control('/identity/token', {
      method: 'POST',
      body: { app: 'Portage practice', resource: 'https://graph.microsoft.com' },
    }),
  )
  const get = (target: string) => readGraph(target, token)
  const driveId = await driveOf(library)
  const found = new Map<
    string,
    { readonly shown: Shown; readonly people: { readonly author: string; readonly editor: string } }
  >()
  for (const [name, stored] of await bulk.listed(library)) {
    const at = `/v1.0/drives/${driveId}/items/${stored.itemId}`
    const item = itemSchema.parse(await get(at))
    const versions = stored.kind === 'file' ? versionsSchema.parse(await get(`${at}/versions`)).value.map(({ size }) => size) : []
    found.set(name, {
      shown: {
        kind: stored.kind,
        sizeBytes: stored.kind === 'file' ? stored.sizeBytes : 0,
        hash: stored.sizeBytes > 0 && stored.kind === 'file' ? stored.quickXorHash : undefined,
        created: item.fileSystemInfo.createdDateTime,
        modified: item.fileSystemInfo.lastModifiedDateTime,
        versions,
      },
      people: { author: nameOf(item.createdBy), editor: nameOf(item.lastModifiedBy) },
    })
  }
  return found
}

async function driveOf(library: string): Promise<string> {
  const signal = new AbortController().signal
  const spec = { kind: 'library', siteUrl: FINANCE, library, folder: '' } as const
  return (await bulk.service.destinations.open(spec, { createMissing: false, signal })).place.driveId
}

const agent = new https.Agent({ keepAlive: true })
function readGraph(target: string, token: string): Promise<unknown> {
  const host = 'graph.microsoft.com'
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: tenant.port,
      servername: host,
      path: target,
      agent,
      ca: fs.readFileSync(tenant.caFile),
    }
    https
      .get({ ...options, headers: { host, authorization: `Bearer ${token}` } }, (reply) => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('end', () => {
          const text = Buffer.concat(parts).toString()
          if (reply.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(`${target}: ${reply.statusCode} ${text}`))
        })
      })
      .on('error', reject)
  })
}

class Dice {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  below(count: number): number {
    return Math.floor(this.#random.next() * count)
  }

  word(): string {
    const letters = [..."abcXYZ019 ._-#%&'()[]{}+=!@$^~,;", 'ä', 'é', '漢', '😀', 'ß']
    return `n${Array.from({ length: 1 + this.below(12) }, () => letters[this.below(letters.length)]).join('')}n`
  }
}

const OWNERS = [1001, 1002, 1003, 1004]

/** Any depth, any characters that a file system and SharePoint both take, empty files and folders, one file of several blocks, owners. */
class RandomTree {
  readonly root: string
  readonly #dice: Dice
  readonly #folders: string[]
  readonly #files: string[] = []
  readonly #empty = new Set<string>()
  readonly #changed = new Set<string>()

  constructor(root: string, dice: Dice) {
    this.root = root
    this.#dice = dice
    fs.mkdirSync(root, { recursive: true })
    this.#folders = [root]
    for (let index = 0; index < 12; index++) {
      const at = path.join(this.#anyFolder(), `${index}${dice.word()}`)
      fs.mkdirSync(at)
      this.#folders.push(at)
    }
    for (let index = 0; index < 40; index++) this.#add(index)
    for (const at of this.#folders) this.#stamp(at)
  }

  get count(): number {
    return this.#files.length + this.#folders.length - 1
  }

  /** Some files get other content and a later time, some are new; folders stay as they were. */
  edit(): { readonly changed: readonly string[]; readonly created: readonly string[] } {
    const times = new Map(this.#folders.map((at) => [at, fs.statSync(at)]))
    const changed = this.#files.filter((at) => !this.#empty.has(this.#nameOf(at)) && this.#dice.below(4) === 0)
    for (const at of changed) {
      this.#changed.add(this.#nameOf(at))
      const later = fs.statSync(at).mtimeMs / 1000 + 1000 + this.#dice.below(1_000_000)
      fs.writeFileSync(at, Buffer.alloc(1 + this.#dice.below(4000), `edited ${this.#dice.word()}`))
      fs.utimesSync(at, later, later)
    }
    const created = Array.from({ length: 7 }, (_, index) => this.#add(100 + index, 1 + this.#dice.below(3000)))
    for (const [at, { mtimeMs }] of times) fs.utimesSync(at, mtimeMs / 1000, mtimeMs / 1000)
    return { changed: changed.map((at) => this.#nameOf(at)), created: created.map((at) => this.#nameOf(at)) }
  }

  sizeOf(name: string): number {
    return fs.statSync(path.join(this.root, name)).size
  }

  ownerOf(name: string): number {
    return fs.statSync(path.join(this.root, name)).uid
  }

  wasEmpty = (name: string): boolean => this.#empty.has(name)
  isChanged = (name: string): boolean => this.#changed.has(name)

  #add(index: number, wantedBytes?: number): string {
    const at = path.join(this.#anyFolder(), `${index}${this.#dice.word()}.bin`)
    const someBytes = index === 0 ? 20_000_003 : index % 9 === 1 ? 0 : 1 + this.#dice.below(index % 7 === 2 ? 5_000_000 : 3000)
    const sizeBytes = wantedBytes ?? someBytes
    fs.writeFileSync(at, Buffer.alloc(sizeBytes, `${index}${this.#dice.word()}`))
    this.#stamp(at)
    const owner = OWNERS[this.#dice.below(OWNERS.length)] ?? 0
    if (tester === 0 && process.platform !== 'win32') fs.chownSync(at, owner, owner)
    this.#files.push(at)
    if (sizeBytes === 0) this.#empty.add(this.#nameOf(at))
    return at
  }

  #stamp(at: string): void {
    const seconds = 1_000_000_000 + this.#dice.below(600_000_000)
    fs.utimesSync(at, seconds, seconds)
  }

  #anyFolder(): string {
    return this.#folders[this.#dice.below(this.#folders.length)] ?? this.root
  }

  #nameOf(at: string): string {
    return path.relative(this.root, at).split(path.sep).join('/')
  }
}
