import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AgentId, TaskId } from '../../../shared/domain/ids.ts'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import type { Coordination } from '../../engine/ports/coordination.ts'
import { type ClientFixture, createClientFixture } from '../testing/clientFixture.ts'
import { createPlainRandom } from '../testing/runtimeFixture.ts'
import { type Answer, type Exchange, type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { createListCoordination } from './listCoordination.ts'

const never = new AbortController().signal
const siteUrl = 'https://contoso.sharepoint.com/sites/migration'
const agent = 'agent-a' as AgentId

interface StoredRow {
  readonly id: string
  revision: number
  fields: Record<string, unknown>
}

/** A list as small as the protocol allows, with the service's bad days as switches. */
class FakeList {
  columns: Record<string, unknown>[] | undefined
  rows: StoredRow[] = []
  /** Queries that still miss a row. */
  queriesBehind = 0
  ignoresFilter = false
  /** Answers of the next writes, after (`applied`) or instead of their effect. */
  mishaps: { readonly answer: Answer; readonly isApplied: boolean }[] = []
  duplicateAnswer: Answer = { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
  leavesOutETag = false
  readonly created: string[] = []
  /** A list of that title appears when somebody tries to create it. */
  isCreatedByAnother = false

  answer = (exchange: Exchange): Answer => {
    const url = new URL(exchange.path, 'https://graph.microsoft.com')
    const line = `${exchange.method} ${decodeURIComponent(url.pathname).replace('/v1.0/sites/S', '')}`
    const body = exchange.body.length > 0 ? JSON.parse(exchange.body.toString()) : undefined
    if (line === 'GET /v1.0/sites/contoso.sharepoint.com:/sites/migration')
      return { status: 200, json: { id: 'S', webUrl: siteUrl } }
    if (line === 'GET /lists/Portage Tasks')
      return this.columns === undefined ? missing : { status: 200, json: { id: 'L', columns: this.columns } }
    if (line === 'POST /lists') return this.#createList(body)
    if (line === 'GET /lists/L/columns') return { status: 200, json: { value: this.columns } }
    if (line === 'POST /lists/L/columns') {
      this.created.push(body.name)
      this.columns?.push(body)
      return { status: 201, json: body }
    }
    if (line === 'GET /lists/L/items') return this.#query(url.searchParams.get('$filter'))
    if (line === 'POST /lists/L/items') return this.#write(() => this.#add(body.fields))
    const row = this.rows.find(({ id }) => line.endsWith(`/lists/L/items/${id}`))
    if (!row) return missing
    if (exchange.method === 'GET') return { status: 200, json: item(row) }
    if (exchange.method === 'PATCH') return this.#write(() => this.#patch(row, body.fields, exchange.headers['if-match']))
    return this.#write(() => this.#remove(row, exchange.headers['if-match']))
  }

  #createList(body: { columns: Record<string, unknown>[]; list: object }): Answer {
    if (this.columns !== undefined) return { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    this.columns = structuredClone(body.columns)
    if (this.isCreatedByAnother) return { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    return { status: 201, json: { id: 'L', list: body.list } }
  }

  #write(effect: () => Answer): Answer {
    const mishap = this.mishaps.shift()
    if (!mishap) return effect()
    if (mishap.isApplied) effect()
    return mishap.answer
  }

  #add(fields: Record<string, unknown>): Answer {
    if (this.rows.some((row) => row.fields.TaskKey === fields.TaskKey)) return this.duplicateAnswer
    const row = { id: String(this.rows.length + 1), revision: 1, fields }
    this.rows.push(row)
    return { status: 201, json: { id: row.id, eTag: eTag(row) } }
  }

  #patch(row: StoredRow, fields: Record<string, unknown>, condition: unknown): Answer {
    if (condition !== eTag(row)) return { status: 412, json: { error: { code: 'resourceModified' } } }
    row.revision++
    row.fields = { ...row.fields, ...fields }
    return { status: 200, json: this.leavesOutETag ? {} : { id: row.id, eTag: eTag(row) } }
  }

  #remove(row: StoredRow, condition: unknown): Answer {
    if (condition !== eTag(row)) return { status: 412, json: { error: { code: 'resourceModified' } } }
    this.rows = this.rows.filter((other) => other !== row)
    return { status: 204 }
  }

  #query(filter: string | null): Answer {
    if (this.queriesBehind-- > 0) return { status: 200, json: { value: [] } }
    const wanted = /fields\/TaskKey eq '(.*)'/.exec(filter ?? '')?.[1]
    const found = this.rows.filter((row) => this.ignoresFilter || wanted === undefined || row.fields.TaskKey === wanted)
    return { status: 200, json: { value: found.map(item) } }
  }
}

const missing: Answer = { status: 404, json: { error: { code: 'itemNotFound' } } }
const eTag = (row: StoredRow) => `"guid-${row.id},${row.revision}"`
const item = (row: StoredRow) => ({
  id: row.id,
  eTag: eTag(row),
  lastModifiedDateTime: '2026-08-20T09:15:02Z',
  fields: row.fields,
})

let service: ServiceFixture
let fixture: ClientFixture
let list: FakeList
let coordination: Coordination
let stranger: Coordination
let taskCount = 0

beforeAll(async () => {
  service = await startService(() => missing)
})
afterAll(() => service.close())
beforeEach(async () => {
  fixture = createClientFixture(service)
  list = new FakeList()
  service.answer = list.answer
  const random = createPlainRandom()
  coordination = createListCoordination({ client: fixture.client, siteUrl, random })
  stranger = createListCoordination({ client: fixture.client, siteUrl, random })
  await coordination.prepare(never)
})

const task = (): Task =>
  taskSchema.parse({
    id: `00000000-0000-4000-9000-${String(++taskCount).padStart(12, '0')}`,
    name: 'Finance',
    source: { kind: 'fileShare', path: '/srv/finance' },
    destination: { kind: 'library', siteUrl, library: 'Documents' },
    settings: {},
    createdAt: '2026-08-20T09:15:02Z',
    createdBy: 'test',
  })
const fault: Answer = { status: 500, json: { error: { code: 'generalException' } } }
const broken: Answer = { status: 0, isBroken: true }

describe('preparing the site', () => {
  test('creates the list hidden, with the unique key', () => {
    expect(list.columns?.find((column) => column.name === 'TaskKey')).toMatchObject({ indexed: true, enforceUniqueValues: true })
  })

  test('adopts a list that another install creates in the same moment', async () => {
    list.columns = undefined
    list.isCreatedByAnother = true
    await expect(stranger.prepare(never)).resolves.toBeUndefined()
  })

  test('adds a column that is missing and touches nothing else', async () => {
    list.columns = list.columns?.filter((column) => column.name !== 'Reason')
    await stranger.prepare(never)
    expect(list.created).toEqual(['Reason'])
  })

  test.each([
    ['not unique', { enforceUniqueValues: false }, /does not enforce unique values/],
    ['not indexed', { indexed: false }, /is not indexed/],
    ['another kind', { text: undefined, number: {} }, /is not a text column/],
  ])('refuses a key column that is %s', async (_name, change, message) => {
    list.columns = list.columns?.map((column) => (column.name === 'TaskKey' ? { ...column, ...change } : column))
    await expect(stranger.prepare(never)).rejects.toMatchObject({
      code: 'CRD_LISTS_MISSING',
      message: expect.stringMatching(message),
      fix: expect.any(String),
    })
  })

  test('an unprepared site is said so, not prepared by the way', async () => {
    list.columns = undefined
    await expect(stranger.list(never)).rejects.toMatchObject({
      code: 'CRD_LISTS_MISSING',
      fix: expect.stringContaining('portage connect'),
    })
  })

  test('a site that does not exist', async () => {
    service.answer = () => missing
    await expect(stranger.prepare(never)).rejects.toMatchObject({ code: 'CRD_SITE_NOT_FOUND' })
  })
})

describe('adding', () => {
  test.each([
    ['409', { status: 409, json: { error: { code: 'nameAlreadyExists' } } }],
    ['400', { status: 400, json: { error: { code: 'invalidRequest', message: 'duplicate values were found' } } }],
    ['500', { status: 500, json: { error: { code: 'generalException' } } }],
    [
      'the exception',
      { status: 500, json: { error: { code: '-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException' } } },
    ],
  ])('a task that exists is returned as it is (%s), also when queries lag', async (_name, answer) => {
    const wanted = task()
    const first = await coordination.add(wanted, never)
    list.duplicateAnswer = answer
    list.queriesBehind = 4
    const again = await stranger.add(wanted, never)
    expect([again, list.rows.length]).toEqual([first, 1])
  })

  test.each([fault, broken])('a lost answer ends in one row', async (answer) => {
    list.mishaps = [{ answer, isApplied: true }]
    const record = await coordination.add(task(), never)
    expect([record.status, list.rows.length]).toEqual(['queued', 1])
  })

  test('a refusal that is no duplicate is told as it came', async () => {
    list.mishaps = [
      {
        answer: { status: 400, json: { error: { code: 'invalidRequest', message: 'Column X does not exist.' } } },
        isApplied: false,
      },
    ]
    await expect(coordination.add(task(), never)).rejects.toMatchObject({
      code: 'DST_REFUSED',
      message: expect.stringContaining('Column X'),
    })
  })

  test('a task that does not fit into a row is refused before it is sent', async () => {
    const wanted = { ...task(), tags: Array.from({ length: 400 }, () => 'x'.repeat(200)) }
    await expect(coordination.add(wanted, never)).rejects.toMatchObject({ code: 'INPUT_TASK_FILE' })
  })
})

describe('finding', () => {
  test('a filter that the service ignores does no harm', async () => {
    const [one, other] = [task(), task()]
    await coordination.add(one, never)
    await coordination.add(other, never)
    list.ignoresFilter = true
    expect((await stranger.get(other.id, never))?.task.id).toBe(other.id)
  })

  test('a query that lags is asked again', async () => {
    const wanted = task()
    await coordination.add(wanted, never)
    list.queriesBehind = 2
    expect((await stranger.get(wanted.id, never))?.task).toEqual(wanted)
  })

  test('what this install has seen is read by its id, past every lag', async () => {
    const wanted = task()
    await coordination.add(wanted, never)
    list.queriesBehind = 1000
    expect((await coordination.get(wanted.id, never))?.task).toEqual(wanted)
  })

  test('what is not there is not there', async () => {
    await expect(coordination.get('00000000-0000-4000-9000-ffffffffffff' as TaskId, never)).resolves.toBeUndefined()
  })

  test('rows that people broke or a newer version wrote are left alone', async () => {
    const good = task()
    await coordination.add(good, never)
    for (const change of [
      { TaskJson: '{' },
      { Status: 'nonsense' },
      { SchemaVersion: 2 },
      { TaskKey: 'other' },
      { Epoch: 'x' },
    ]) {
      await coordination.add(task(), never)
      Object.assign(list.rows.at(-1)?.fields ?? {}, change)
    }
    expect((await coordination.list(never)).map((record) => record.task.id)).toEqual([good.id])
  })
})

describe('changing', () => {
  test('a claim raises the epoch and stamps the life of its owner with the server time', async () => {
    const record = await coordination.add(task(), never)
    const claimed = await coordination.change(record, { status: 'inProgress', owner: agent, raisesEpoch: true }, never)
    expect([claimed?.epoch, claimed?.owner, claimed?.status, claimed?.heartbeatAt !== undefined]).toEqual([
      1,
      agent,
      'inProgress',
      true,
    ])
    expect(claimed).toEqual({ ...(await stranger.get(record.task.id, never)), modifiedAt: claimed?.modifiedAt })
  })

  test('somebody was faster', async () => {
    const record = await coordination.add(task(), never)
    await stranger.change(record, { request: 'pause' }, never)
    await expect(coordination.change(record, { owner: agent }, never)).resolves.toBeUndefined()
  })

  test('a conflict without cause is the same as a lost race', async () => {
    const record = await coordination.add(task(), never)
    list.mishaps = [{ answer: { status: 409, json: { error: { code: 'resourceModified' } } }, isApplied: false }]
    await expect(coordination.change(record, { owner: agent }, never)).resolves.toBeUndefined()
  })

  test.each([
    ['applied', true, fault],
    ['not applied', false, fault],
    ['applied', true, broken],
    ['not applied', false, { status: 504 } satisfies Answer],
  ])('a lost answer is decided by the row: %s', async (_name, isApplied, answer) => {
    const record = await coordination.add(task(), never)
    list.mishaps = [{ answer, isApplied }]
    const claimed = await coordination.change(record, { owner: agent, raisesEpoch: true }, never)
    expect([claimed?.owner, claimed?.epoch, list.rows[0]?.fields.Epoch, list.rows[0]?.revision]).toEqual([agent, 1, 1, 2])
  })

  test('a lost answer of a write that somebody else overtook is a lost race', async () => {
    const record = await coordination.add(task(), never)
    const before = list.answer
    service.answer = async (exchange) => {
      if (exchange.method !== 'PATCH') return before(exchange)
      service.answer = before
      await stranger.change(record, { owner: 'agent-b' as AgentId, raisesEpoch: true }, never)
      return broken
    }
    await expect(coordination.change(record, { owner: agent, raisesEpoch: true }, never)).resolves.toBeUndefined()
  })

  test('an answer without the new version is read again', async () => {
    const record = await coordination.add(task(), never)
    list.leavesOutETag = true
    const changed = await coordination.change(record, { round: 2 }, never)
    expect([changed?.round, changed?.eTag, list.rows[0]?.revision]).toEqual([2, '"guid-1,2"', 2])
  })

  test('a row that is gone cannot be changed', async () => {
    const record = await coordination.add(task(), never)
    list.rows = []
    await expect(coordination.change(record, { round: 2 }, never)).resolves.toBeUndefined()
  })

  test('a service that stays down is an error in the end', async () => {
    const record = await coordination.add(task(), never)
    list.mishaps = Array.from({ length: 20 }, () => ({ answer: fault, isApplied: false }))
    await expect(coordination.change(record, { round: 2 }, never)).rejects.toMatchObject({ code: 'DST_UNAVAILABLE' })
  })
})

describe('removing', () => {
  test.each([
    ['a lost answer after the effect', true],
    ['a lost answer before it', false],
  ])('%s', async (_name, isApplied) => {
    const record = await coordination.add(task(), never)
    list.mishaps = [{ answer: broken, isApplied }]
    await expect(coordination.remove(record, never)).resolves.toBe(true)
    expect(list.rows).toEqual([])
  })
})
