import { describe, expect, test } from 'vitest'
import { ownershipOf, type StoredItem } from './ownership.ts'
import type { RequestRow } from './requestRows.ts'
import type { TaskRow } from './taskRows.ts'

const task = (itemId: string, folder: string, isPart = false): TaskRow => ({
  listId: 'L',
  itemId,
  key: itemId,
  name: folder,
  status: 'completed',
  epoch: 1,
  round: 0,
  owner: undefined,
  reason: undefined,
  folder,
  isPart,
})
const stored = (id: string, libraryPath: string, isFolder = false): StoredItem => ({
  id,
  parentId: 'p',
  name: libraryPath,
  path: libraryPath,
  libraryPath,
  isFolder,
  sizeBytes: 1,
  modifiedMs: 0,
  createdMs: 0,
  sha256: '',
  versionCount: 1,
})

let seq = 0
/** A request of an agent, told by its port, at a moment; each takes one millisecond. */
const request = (port: number, timeMs: number, change: Partial<RequestRow>): RequestRow => ({
  seq: ++seq,
  timeMs,
  durationMs: 1,
  method: 'PUT',
  path: '/',
  status: 200,
  bytesIn: 1,
  peerPort: port,
  ...change,
})
const claim = (port: number, timeMs: number, row = '1', status = 200) =>
  request(port, timeMs, { method: 'PATCH', path: `/v1.0/sites/s/lists/L/items/${row}/fields`, status })
const write = (port: number, timeMs: number, item: string) =>
  request(port, timeMs, { route: 'drive.content.put', item, status: 201 })

const judge = (rows: readonly RequestRow[], tasks = [task('1', 'share')], items = [stored('f', 'share/a.txt')]) =>
  ownershipOf({
    rows,
    tasks,
    stored: items,
    agentOf: ({ peerPort }) => `agent-${peerPort}`,
    endedMs: ({ timeMs, durationMs }) => timeMs + durationMs,
  })

describe('who owned what when', () => {
  test('an owner writes, dies, another one takes over and writes', () => {
    const found = judge([claim(1, 0), write(1, 10, 'f'), claim(2, 100), write(2, 110, 'f')])
    expect(found).toMatchObject({ zombieWrites: [], takeOvers: 1, judgedWrites: 2, unplacedWrites: [] })
  })

  test('a write after somebody else has taken over is a zombie, also one whose answer was lost', () => {
    expect(judge([claim(1, 0), claim(2, 100), write(1, 110, 'f')]).zombieWrites).toHaveLength(1)
    const lost = request(1, 110, { route: 'drive.content.put', item: 'f', status: 504, effectApplied: true })
    expect(judge([claim(1, 0), claim(2, 100), lost]).zombieWrites).toHaveLength(1)
  })

  test('what reached the tenant before the claim was answered is none, and a refused claim takes nothing', () => {
    expect(judge([claim(1, 0), write(1, 100, 'f'), claim(2, 100)]).zombieWrites).toEqual([])
    expect(judge([claim(1, 0), claim(2, 100, '1', 412), write(1, 110, 'f')]).zombieWrites).toEqual([])
  })

  test('who never claimed may write nothing; who claims again may', () => {
    expect(judge([claim(1, 0), write(2, 10, 'f')]).zombieWrites).toHaveLength(1)
    expect(judge([claim(1, 0), claim(2, 100), claim(1, 200), write(1, 210, 'f')]).zombieWrites).toEqual([])
  })

  test('a part belongs to its own agent, what is beside it to the owner of the task', () => {
    const tasks = [task('1', 'share'), task('2', 'share/North', true)]
    const items = [stored('f', 'share/a.txt'), stored('g', 'share/North/b.txt'), stored('n', 'share/North', true)]
    const claims = [claim(1, 0), claim(2, 10, '2')]
    const good = [write(1, 20, 'f'), write(2, 20, 'g'), write(1, 5, 'n')]
    expect(judge([...claims, ...good], tasks, items).zombieWrites).toEqual([])
    expect(judge([...claims, ...good, write(1, 30, 'g')], tasks, items).zombieWrites).toHaveLength(1)
    expect(judge([...claims, ...good, write(2, 30, 'f')], tasks, items).zombieWrites).toHaveLength(1)
  })

  test('a file that nobody has written is noticed unless it was imported, and an import needs an owner', () => {
    expect(judge([claim(1, 0)]).unplacedWrites).toHaveLength(1)
    const submit = (port: number) => request(port, 10, { method: 'POST', route: 'sharepoint.migration.job.submitEncrypted' })
    expect(judge([claim(1, 0), submit(1)])).toMatchObject({ unplacedWrites: [], imports: 1, zombieWrites: [] })
    expect(judge([claim(1, 0), submit(2)]).zombieWrites).toHaveLength(1)
  })
})
