import type { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from '../core/behaviour.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { ActorRef } from '../store/itemStore.ts'
import { type ColumnSpec, type ColumnStore, createColumnStore } from './columnStore.ts'
import { DefinitionError, NotFoundError } from './listErrors.ts'
import { createListItemStore, type ListItemStore } from './listItemStore.ts'
import { entityNameOf, nameKey, urlNameOf } from './listNames.ts'
import { LISTS_PER_SITE } from './listRules.ts'
import { parseActor, parseListSettings } from './recordParsing.ts'
import type { ListRecord, ListSettings } from './records.ts'
import { numberOf, type Row, textOf } from './rows.ts'
import { atomically } from './transaction.ts'

export interface ListStoreDeps {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
  readonly behaviour: Pick<ServiceBehaviour, 'queryLagMs'>
}

/** Generic lists of all sites. Document libraries are not here: they belong to the site store. */
export interface ListStore {
  readonly columns: ColumnStore
  readonly items: ListItemStore
  /**
   * A list with its columns, or nothing: a refused column leaves no list behind. The URL is derived from the title and never
   * changes. Throws DefinitionError `nameTaken` when the site already has a list of that title.
   */
  createList(options: {
    readonly siteId: string
    readonly title: string
    readonly settings?: Partial<ListSettings>
    readonly columns?: readonly ColumnSpec[]
    readonly actor: ActorRef
    /** Titles that document libraries of the site hold already. */
    readonly takenTitles?: readonly string[]
  }): ListRecord
  /** In order of title. */
  lists(siteId: string): readonly ListRecord[]
  list(listId: string): ListRecord | undefined
  listByTitle(siteId: string, title: string): ListRecord | undefined
  listByUrlName(siteId: string, urlName: string): ListRecord | undefined
  updateList(listId: string, change: { readonly title?: string; readonly settings?: Partial<ListSettings> }): ListRecord
  removeList(listId: string): void
}

const DEFAULTS: Omit<ListSettings, 'defaultViewId'> = {
  description: '',
  baseTemplate: 100,
  isHidden: false,
  noCrawl: false,
  isOnQuickLaunch: false,
  hasAttachments: true,
  hasVersioning: true,
  hasContentTypes: false,
  defaultViewQuery: '',
}

export function createListStore(deps: ListStoreDeps): ListStore {
  const { db, clock, random } = deps
  const columns = createColumnStore(deps)
  const items = createListItemStore({ ...deps, columns })
  const bySite = db.prepare('SELECT * FROM lists WHERE site_id = ? ORDER BY title_key')
  const byId = db.prepare('SELECT * FROM lists WHERE list_id = ?')
  const byTitle = db.prepare('SELECT * FROM lists WHERE site_id = ? AND title_key = ?')
  const byUrl = db.prepare('SELECT * FROM lists WHERE site_id = ? AND url_key = ?')
  const count = db.prepare('SELECT COUNT(*) AS n FROM lists WHERE site_id = ?')
  const insert = db.prepare(
    'INSERT INTO lists (list_id, site_id, title, title_key, url_name, url_key, entity_name, settings, created_ms, modified_ms, created_by, revision, next_item_id, item_count, last_change) VALUES (?,?,?,?,?,?,?,?,?,?,?,0,1,0,0)',
  )
  const update = db.prepare(
    'UPDATE lists SET title = ?, title_key = ?, settings = ?, modified_ms = ?, revision = revision + 1 WHERE list_id = ?',
  )
  const deletions = ['list_items', 'list_index', 'list_changes', 'lists'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE list_id = ?`),
  )

  const one = (row: Row | undefined): ListRecord | undefined => (row === undefined ? undefined : toList(row))
  const list = (listId: string): ListRecord | undefined => one(byId.get(listId.toLowerCase()))
  const freeUrlName = (siteId: string, wanted: string): string => {
    let name = wanted
    for (let suffix = 1; byUrl.get(siteId, nameKey(name)) !== undefined; suffix += 1) name = `${wanted}${suffix}`
    return name
  }
  const checkTitle = (siteId: string, title: string, takenTitles: readonly string[]): void => {
    if (title.trim() === '' || title.length > 255) throw new DefinitionError('invalid', 'The list title is missing or too long.')
    if (byTitle.get(siteId, nameKey(title)) !== undefined || takenTitles.some((taken) => nameKey(taken) === nameKey(title)))
      throw new DefinitionError(
        'nameTaken',
        'A list, survey, discussion board, or document library with the specified title already exists in this Web site.  Please choose another title.',
      )
  }

  return {
    columns,
    items,
    lists: (siteId) => bySite.all(siteId).map(toList),
    list,
    listByTitle: (siteId, title) => one(byTitle.get(siteId, nameKey(title))),
    listByUrlName: (siteId, urlName) => one(byUrl.get(siteId, nameKey(urlName))),

    createList({ siteId, title, settings, columns: specs = [], actor, takenTitles = [] }) {
      checkTitle(siteId, title, takenTitles)
      const counted = count.get(siteId)
      if (counted !== undefined && numberOf(counted, 'n') >= LISTS_PER_SITE)
        throw new DefinitionError('tooManyLists', 'The maximum number of lists and libraries of this site is reached.')
      const listId = random.guid()
      const urlName = freeUrlName(siteId, urlNameOf(title))
      return atomically(db, () => {
        const stored: ListSettings = { ...DEFAULTS, defaultViewId: random.guid(), ...settings }
        const now = clock.now()
        insert.run(
          listId,
          siteId,
          title,
          nameKey(title),
          urlName,
          nameKey(urlName),
          entityNameOf(urlName),
          JSON.stringify(stored),
          now,
          now,
          JSON.stringify(actor),
        )
        try {
          columns.addColumn(listId, { name: 'Title', type: 'text', isRequired: true }, 0)
          for (const spec of specs) {
            if (spec.name === 'Title') columns.updateColumn(listId, 'Title', titleChange(spec), 0)
            else columns.addColumn(listId, spec, 0)
          }
        } catch (error) {
          columns.removeAll(listId)
          throw error
        }
        const created = list(listId)
        if (created === undefined) throw new NotFoundError('list', 'The created list is gone.')
        return created
      })
    },

    updateList(listId, change) {
      const current = list(listId)
      if (current === undefined) throw new NotFoundError('list', 'List does not exist.')
      const title = change.title ?? current.title
      if (nameKey(title) !== nameKey(current.title)) checkTitle(current.siteId, title, [])
      update.run(title, nameKey(title), JSON.stringify({ ...current.settings, ...change.settings }), clock.now(), current.listId)
      return list(listId) ?? current
    },

    removeList(listId) {
      atomically(db, () => {
        for (const deletion of deletions) deletion.run(listId)
        columns.removeAll(listId)
      })
    },
  }
}

function titleChange(spec: ColumnSpec): Parameters<ColumnStore['updateColumn']>[2] {
  return {
    ...(spec.isIndexed === undefined ? {} : { isIndexed: spec.isIndexed }),
    ...(spec.isUnique === undefined ? {} : { isUnique: spec.isUnique }),
    ...(spec.isRequired === undefined ? {} : { isRequired: spec.isRequired }),
    ...(spec.displayName === undefined ? {} : { displayName: spec.displayName }),
  }
}

function toList(row: Row): ListRecord {
  return {
    listId: textOf(row, 'list_id'),
    siteId: textOf(row, 'site_id'),
    title: textOf(row, 'title'),
    urlName: textOf(row, 'url_name'),
    entityName: textOf(row, 'entity_name'),
    settings: parseListSettings(textOf(row, 'settings')),
    createdMs: numberOf(row, 'created_ms'),
    modifiedMs: numberOf(row, 'modified_ms'),
    createdBy: parseActor(textOf(row, 'created_by')),
    revision: numberOf(row, 'revision'),
    itemCount: numberOf(row, 'item_count'),
    lastChange: numberOf(row, 'last_change'),
  }
}
