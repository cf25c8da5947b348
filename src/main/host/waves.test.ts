import { beforeEach, expect, test } from 'vitest'
import type { Wave } from '../../shared/domain/wave.ts'
import { MINUTE_MS } from '../../shared/units.ts'
import { MemoryKeyedList } from '../engine/testing/memoryKeyedList.ts'
import type { AuditLog, Deed } from './auditLog.ts'
import { fakeTaskId } from './testing/fakeHost.ts'
import { createWaves, type Waves } from './waves.ts'

const never = new AbortController().signal
const FROZEN = { at: '2026-11-21T20:00:00.000Z', by: 'ann@pc', isFrozen: true, inUse: 0, late: 0, examples: [] }
let waves: Waves
let deeds: Deed[]

beforeEach(() => {
  deeds = []
  const audit = { record: async (deed: Deed) => void deeds.push(deed) } as unknown as AuditLog
  waves = createWaves({ list: new MemoryKeyedList<Wave>(), audit, serverNow: () => Date.UTC(2026, 10, 21, 20) })
})

test('what a second plan does not say stays as it was, whatever the case of the name', async () => {
  await waves.plan(
    { name: 'Night 1', tag: 'a', plannedFor: '2026-11-22T20:00:00Z', gates: { failedMax: 3, deltaMaxMs: MINUTE_MS } },
    never,
  )
  const again = await waves.plan({ name: 'NIGHT 1', tag: 'a', gates: { needsMapping: false } }, never)
  expect(again).toMatchObject({
    name: 'NIGHT 1',
    plannedFor: '2026-11-22T20:00:00Z',
    gates: { failedMax: 3, deltaMaxMs: MINUTE_MS, needsMapping: false, needsPermissions: true },
  })
  expect(await waves.list(never)).toHaveLength(1)
  expect(deeds.map(({ action }) => action)).toEqual(['wave.planned', 'wave.planned'])
})

test('findings of different checks stand beside each other, and belong to the tag', async () => {
  await waves.plan({ name: 'Night 1', tag: 'a' }, never)
  await waves.note('night 1', new Map([[fakeTaskId(1), { freeze: FROZEN }]]), never)
  const reconciliation = { at: FROZEN.at, by: 'bob@pc', round: 1, same: 4, missing: 0, different: 0, extra: 0, left: 0 }
  await waves.note('night 1', new Map([[fakeTaskId(1), { reconciliation }]]), never)
  expect((await waves.find('Night 1', never)).findings[fakeTaskId(1)]).toEqual({ freeze: FROZEN, reconciliation })
  expect((await waves.plan({ name: 'Night 1', tag: 'a' }, never)).findings).not.toEqual({})
  expect((await waves.plan({ name: 'Night 1', tag: 'b' }, never)).findings).toEqual({})
})

test('two installs that check different tasks at once lose nothing', async () => {
  await waves.plan({ name: 'Night 1', tag: 'a' }, never)
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => waves.note('Night 1', new Map([[fakeTaskId(index), { freeze: FROZEN }]]), never)),
  )
  expect(Object.keys((await waves.find('Night 1', never)).findings)).toHaveLength(8)
})

test('waves come by date, those without one last', async () => {
  await waves.plan({ name: 'C', tag: 'c' }, never)
  await waves.plan({ name: 'B', tag: 'b', plannedFor: '2026-12-01T00:00:00Z' }, never)
  await waves.plan({ name: 'A', tag: 'a', plannedFor: '2026-11-01T00:00:00Z' }, never)
  expect((await waves.list(never)).map(({ name }) => name)).toEqual(['A', 'B', 'C'])
})

test('what is not there, or no usable plan, is refused with a fix', async () => {
  await expect(waves.find('Night 9', never)).rejects.toMatchObject({
    code: 'INPUT_USAGE',
    fix: expect.stringContaining('wave list'),
  })
  await expect(waves.note('Night 9', new Map(), never)).rejects.toMatchObject({ code: 'INPUT_USAGE' })
  await expect(waves.plan({ name: '', tag: 'a' }, never)).rejects.toMatchObject({ code: 'INPUT_USAGE' })
  await expect(waves.plan({ name: 'A', tag: 'a', plannedFor: 'tonight' }, never)).rejects.toMatchObject({ code: 'INPUT_USAGE' })
})

test('a wave that is gone remembers why, and the audit too', async () => {
  await waves.plan({ name: 'Night 1', tag: 'a' }, never)
  const gone = { at: FROZEN.at, by: 'ann@pc', despite: 'the board wants it', rounds: { [fakeTaskId(1)]: 2 } }
  expect((await waves.noteGone('Night 1', gone, never)).gone).toEqual(gone)
  expect(deeds.at(-1)).toMatchObject({ action: 'wave.gone', detail: '1 tasks, despite open gates: the board wants it' })
  await waves.remove('night 1', never)
  expect(await waves.list(never)).toEqual([])
})
