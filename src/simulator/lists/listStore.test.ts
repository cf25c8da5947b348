import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { graphFilterDialect } from '../odata/filterAst.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { queryColumn } from './listColumns.ts'
import {
  ColumnValueError,
  DefinitionError,
  DuplicateValueError,
  ETagMismatchError,
  NotFoundError,
  ThresholdError,
  UnknownColumnError,
} from './listErrors.ts'
import { queryList } from './listQuery.ts'
import { createListStore, type ListStore } from './listStore.ts'
import { eTagOf, type ListRecord } from './records.ts'
import { schema } from './schema.ts'

const actor = { userId: 'ann', displayName: 'Ann' }

function open(queryLagMs = 0) {
  const db = new DatabaseSync(':memory:')
  for (const statement of schema) db.exec(statement)
  let nowMs = Date.parse('2026-08-20T09:15:02Z')
  let guids = 0
  const store = createListStore({
    db,
    behaviour: { queryLagMs },
    clock: { now: () => nowMs, advance: () => undefined, schedule: () => () => undefined, close: () => undefined },
    random: {
      next: () => 0.5,
      integer: (max) => max - 1,
      guid: () => {
        guids += 1
        return `${String(guids).padStart(8, '0')}-0000-4000-8000-000000000000`
      },
      bytes: (length) => Buffer.alloc(length),
    },
  })
  return { store, advance: (ms: number) => (nowMs += ms) }
}

function taskList(store: ListStore): ListRecord {
  return store.createList({
    siteId: 'site',
    title: 'mig-tasks',
    actor,
    columns: [
      { name: 'TaskKey', type: 'text', isUnique: true },
      { name: 'State', type: 'text', isIndexed: true },
      { name: 'Rank', type: 'number' },
      { name: 'LeaseUntil', type: 'dateTime', isIndexed: true },
    ],
  })
}

function query(
  store: ListStore,
  list: ListRecord,
  filter: string | undefined,
  options: { top?: number; orderBy?: string; isDescending?: boolean; pageToken?: string } = {},
) {
  const resolve = (property: string) => {
    const column = queryColumn(store.columns, list.listId, property)
    if (column === undefined) throw new UnknownColumnError(property)
    return column
  }
  return queryList(store, store.list(list.listId) ?? list, {
    filter: filter === undefined ? undefined : parseFilter(filter, graphFilterDialect),
    order:
      options.orderBy === undefined ? [] : [{ column: resolve(options.orderBy), isDescending: options.isDescending === true }],
    top: options.top ?? 100,
    pageToken: options.pageToken,
    resolve,
  })
}

describe('lists and columns', () => {
  test('a unique column is indexed, the internal name stays when the title changes', () => {
    const { store } = open()
    const list = taskList(store)
    expect(store.columns.column(list.listId, 'TaskKey')).toMatchObject({ isIndexed: true, isUnique: true })
    store.columns.updateColumn(list.listId, 'TaskKey', { displayName: 'Key of the task' }, 0)
    expect(store.columns.columnByNameOrTitle(list.listId, 'key of the task')?.name).toBe('TaskKey')
  })
  test('titles are unique per site without regard to case; URLs get a number', () => {
    const { store } = open()
    expect(taskList(store).urlName).toBe('migtasks')
    expect(() => store.createList({ siteId: 'site', title: 'MIG-TASKS', actor })).toThrow(DefinitionError)
    expect(store.createList({ siteId: 'site', title: 'mig.tasks', actor }).urlName).toBe('migtasks1')
    expect(store.createList({ siteId: 'other', title: 'mig-tasks', actor }).urlName).toBe('migtasks')
  })
  test('a refused column leaves no list', () => {
    const { store } = open()
    const columns = [
      { name: 'A', type: 'text' },
      { name: 'a', type: 'text' },
    ] as const
    expect(() => store.createList({ siteId: 'site', title: 'twice', columns, actor })).toThrow(DefinitionError)
    expect(store.lists('site')).toEqual([])
  })
  test('names are escaped and cut as SharePoint does', () => {
    const { store } = open()
    const list = taskList(store)
    expect(store.columns.addColumn(list.listId, { name: 'Lease owner', type: 'text' }, 0).name).toBe('Lease_x0020_owner')
    expect(store.columns.addColumn(list.listId, { name: 'x'.repeat(40), type: 'text' }, 0).name).toHaveLength(32)
  })
  test('a note cannot be indexed, an index comes too late above 20,000 items', () => {
    const { store } = open()
    const list = taskList(store)
    expect(() => store.columns.addColumn(list.listId, { name: 'Text', type: 'note', isIndexed: true }, 0)).toThrow(
      DefinitionError,
    )
    expect(store.columns.updateColumn(list.listId, 'Rank', { isIndexed: true }, 20_000).isIndexed).toBe(true)
    expect(() => store.columns.updateColumn(list.listId, 'Title', { isIndexed: true }, 20_001)).toThrow(DefinitionError)
  })
  test('uniqueness cannot be switched on over duplicates', () => {
    const { store } = open()
    const list = taskList(store)
    store.items.create(list.listId, { State: 'ready' }, actor)
    store.items.create(list.listId, { State: 'READY' }, actor)
    expect(() => store.columns.updateColumn(list.listId, 'State', { isUnique: true }, 2)).toThrow(DefinitionError)
    expect(store.columns.column(list.listId, 'State')?.isUnique).toBe(false)
  })
})

describe('items', () => {
  test('the revision of the eTag rises by one per write and guards the next one', () => {
    const { store } = open()
    const { listId } = taskList(store)
    const created = store.items.create(listId, { Title: 'one', TaskKey: 'k1' }, actor)
    expect(eTagOf(created)).toBe(`"${created.uniqueId},1"`)
    const claimed = store.items.update(listId, 1, { State: 'running' }, { ifMatch: eTagOf(created), actor })
    expect(claimed.revision).toBe(2)
    expect(() => store.items.update(listId, 1, { State: 'stolen' }, { ifMatch: eTagOf(created), actor })).toThrow(
      ETagMismatchError,
    )
    expect(store.items.get(listId, 1)).toMatchObject({ revision: 2, fields: { State: 'running', Title: 'one' } })
    expect(store.items.update(listId, 1, { State: 'forced' }, { ifMatch: '*', actor }).revision).toBe(3)
    expect(store.items.update(listId, 1, { State: null }, { actor }).fields).toEqual({ Title: 'one', TaskKey: 'k1' })
    expect(() => store.items.remove(listId, 1, eTagOf(created))).toThrow(ETagMismatchError)
    store.items.remove(listId, 1)
    expect(store.items.get(listId, 1)).toBeUndefined()
    expect(() => store.items.update(listId, 1, {}, { actor })).toThrow(NotFoundError)
  })
  test('a unique value exists once, is free again after deletion, and a refused insert leaves nothing', () => {
    const { store } = open()
    const { listId } = taskList(store)
    store.items.create(listId, { TaskKey: 'k1' }, actor)
    expect(() => store.items.create(listId, { TaskKey: 'K1' }, actor)).toThrow(DuplicateValueError)
    expect(store.list(listId)).toMatchObject({ itemCount: 1, lastChange: 1 })
    store.items.create(listId, {}, actor)
    store.items.create(listId, {}, actor)
    expect(() => store.items.update(listId, 2, { TaskKey: 'k1' }, { actor })).toThrow(DuplicateValueError)
    expect(store.items.get(listId, 2)?.revision).toBe(1)
    store.items.remove(listId, 1)
    expect(store.items.create(listId, { TaskKey: 'k1' }, actor).itemId).toBe(4)
  })
  test.each([
    [{ Nope: 1 }, UnknownColumnError],
    [{ State: 'x'.repeat(256) }, ColumnValueError],
    [{ State: 7 }, ColumnValueError],
    [{ State: 'two\nlines' }, ColumnValueError],
    [{ Rank: 'high' }, ColumnValueError],
    [{ LeaseUntil: 'soon' }, ColumnValueError],
  ])('%j is refused', (fields, type) => {
    const { store } = open()
    const { listId } = taskList(store)
    expect(() => store.items.create(listId, fields, actor)).toThrow(type)
    expect(store.list(listId)?.itemCount).toBe(0)
  })
  test('255 characters fit, dates are kept to the second', () => {
    const { store } = open()
    const { listId } = taskList(store)
    const item = store.items.create(listId, { State: 'x'.repeat(255), LeaseUntil: '2026-08-20T11:15:02.789+02:00' }, actor)
    expect(item.fields).toEqual({ State: 'x'.repeat(255), LeaseUntil: '2026-08-20T09:15:02Z' })
  })
})

describe('queries', () => {
  function filled(count: number) {
    const opened = open()
    const list = taskList(opened.store)
    for (let index = 1; index <= count; index += 1)
      opened.store.items.create(
        list.listId,
        { TaskKey: `k${index}`, State: index % 2 === 0 ? 'even' : 'odd', Rank: count - index },
        actor,
      )
    return { ...opened, list }
  }
  test('filter, order and pages fit together without gap or repetition', () => {
    const { store, list } = filled(25)
    const seen: number[] = []
    let pageToken: string | undefined
    do {
      const page = query(store, list, "State eq 'odd'", {
        top: 4,
        orderBy: 'Rank',
        ...(pageToken === undefined ? {} : { pageToken }),
      })
      seen.push(...page.items.map((item) => item.itemId))
      pageToken = page.nextToken
    } while (pageToken !== undefined)
    expect(seen).toEqual([25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1])
  })
  test('id order in both directions', () => {
    const { store, list } = filled(5)
    expect(query(store, list, undefined, { top: 2 })).toMatchObject({
      items: [{ itemId: 1 }, { itemId: 2 }],
      nextToken: 'Paged=TRUE&p_ID=2',
    })
    const down = query(store, list, undefined, { top: 2, orderBy: 'ID', isDescending: true })
    expect(down.items.map((item) => item.itemId)).toEqual([5, 4])
    expect(
      query(store, list, undefined, { orderBy: 'ID', isDescending: true, pageToken: down.nextToken ?? '' }).items.map(
        (item) => item.itemId,
      ),
    ).toEqual([3, 2, 1])
    expect(query(store, list, 'ID ge 4').items.map((item) => item.itemId)).toEqual([4, 5])
    expect(query(store, list, "startswith(TaskKey,'K2')").items.map((item) => item.itemId)).toEqual([2])
    expect(query(store, list, "TaskKey in ('k1','k5')").items.map((item) => item.itemId)).toEqual([1, 5])
  })
  test('above 5,000 items only an index that yields at most 5,000 rows answers', () => {
    const { store, list } = filled(5_000)
    expect(query(store, list, 'Rank lt 5').items).toHaveLength(5)
    store.items.create(list.listId, { TaskKey: 'last', State: 'rare', Rank: 1 }, actor)
    expect(() => query(store, list, 'Rank lt 5')).toThrow(ThresholdError)
    expect(() => query(store, list, undefined, { orderBy: 'Rank' })).toThrow(ThresholdError)
    expect(query(store, list, "State eq 'rare' and Rank eq 1").items.map((item) => item.itemId)).toEqual([5_001])
    expect(() => query(store, list, "Rank eq 1 and State eq 'rare'")).toThrow(ThresholdError)
    expect(query(store, list, "State eq 'odd'", { orderBy: 'Rank', top: 1 }).items[0]?.itemId).toBe(4_999)
    expect(query(store, list, 'ID gt 1').items[0]?.itemId).toBe(2)
    expect(() => query(store, list, 'ID gt 0')).toThrow(ThresholdError)
    expect(query(store, list, undefined, { top: 5_000 }).nextToken).toBe('Paged=TRUE&p_ID=5000')
  })
})

describe('queries lag behind writes, reading by id does not', () => {
  test('creation, update and deletion appear after the lag; until then the earlier state answers', () => {
    const { store, advance } = open(30_000)
    const list = taskList(store)
    const { listId } = list
    store.items.create(listId, { TaskKey: 'k1', State: 'ready' }, actor)
    expect(store.items.get(listId, 1)?.fields.State).toBe('ready')
    expect(query(store, list, "State eq 'ready'").items).toEqual([])
    expect(store.items.changes(listId, 0, { limit: 10 })).toEqual([])
    advance(30_000)
    expect(query(store, list, "State eq 'ready'").items).toHaveLength(1)
    store.items.update(listId, 1, { State: 'running' }, { actor })
    expect(query(store, list, "State eq 'ready'").items).toMatchObject([{ revision: 1, fields: { State: 'ready' } }])
    expect(query(store, list, "State eq 'running'").items).toEqual([])
    expect(store.items.get(listId, 1)).toMatchObject({ revision: 2, fields: { State: 'running' } })
    advance(30_000)
    expect(query(store, list, "State eq 'ready'").items).toEqual([])
    store.items.remove(listId, 1)
    expect(query(store, list, "State eq 'running'").items).toHaveLength(1)
    advance(30_000)
    expect(query(store, list, "State eq 'running'").items).toEqual([])
    expect(store.items.changes(listId, 0, { limit: 10 }).map((change) => change.kind)).toEqual(['add', 'update', 'delete'])
  })
})
