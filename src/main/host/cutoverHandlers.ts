import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { FINDINGS_MAX, REDIRECTS_FOUND_MAX, type WaveFinding, type WaveView } from '../../shared/contract/cutover.ts'
import { toWire } from '../../shared/errors.ts'
import type { App } from './app.ts'
import { type CheckOptions, createCutover, type WaveState } from './cutover.ts'
import { searchRedirects, writeRedirects, writeRollback } from './cutoverExports.ts'
import type { Handlers } from './dispatch.ts'
import { recordsOf } from './waveTasks.ts'

type CutoverHandlers = Pick<
  Handlers,
  'cutover.waves' | 'cutover.plan' | 'cutover.remove' | 'cutover.check' | 'cutover.go' | 'cutover.export' | 'redirects.search'
>

/** Waves, their checks and what people get of them, for the screens. */
export function createCutoverHandlers(app: App): CutoverHandlers {
  const signal = app.closing
  return {
    'cutover.waves': async () => ({ waves: (await createCutover(app.host()).list(signal)).map(waveView) }),
    'cutover.plan': async ({ draft }) => waveView(await createCutover(app.host()).plan(draft, signal)),
    'cutover.remove': async ({ name }) => ({ name: (await createCutover(app.host()).remove(name, signal)).name }),
    'cutover.check': async ({ name, check }) => {
      const cutover = createCutover(app.host())
      const findings: WaveFinding[] = []
      let findingCount = 0
      const tell = (finding: WaveFinding): void => {
        findingCount++
        if (findings.length < FINDINGS_MAX) findings.push(finding)
      }
      const options: CheckOptions = {
        onDifference: ({ task }, { kind, path: at, detail }) => tell({ taskName: task.name, result: kind, path: at, detail }),
        onFreezeFinding: ({ task }, { kind, path: at, detail }) => tell({ taskName: task.name, result: kind, path: at, detail }),
        signal,
      }
      const tasks = await cutover[check](name, options)
      const errors = tasks.flatMap(({ name: taskName, error }) => (error ? [{ taskName, error: toWire(error) }] : []))
      return { wave: waveView(await cutover.show(name, signal)), findings, findingCount, errors }
    },
    'cutover.go': async ({ name, despite }) => {
      const state = await createCutover(app.host()).go(name, { despite, signal })
      app.refresh()
      return waveView(state)
    },
    'cutover.export': async ({ name, what, folder }) => {
      const host = app.host()
      const records = await recordsOf(host, await host.waves.find(name, signal), signal)
      const stamp = `${new Date(app.environment.clock.now()).toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 4)}`
      const target = path.join(folder ?? app.environment.workFolder.reportsFolder, stamp)
      const write = what === 'redirects' ? writeRedirects : writeRollback
      return { ...(await write(host, { records, folder: target, signal })) }
    },
    'redirects.search': async ({ text }) => {
      const host = app.host()
      const records = await host.tasks.list(signal)
      const hits = await searchRedirects(host, { records, text, limit: REDIRECTS_FOUND_MAX, signal })
      return {
        hits: hits.map(({ kind, oldPath, uncPath, newUrl, taskName }) => ({
          kind,
          oldPath,
          newUrl,
          taskName,
          ...(uncPath === undefined ? {} : { uncPath }),
        })),
      }
    },
  }
}

function waveView({ wave, tasks, gates, isGo }: WaveState): WaveView {
  const { name, tag, plannedFor, frozenFrom, gone } = wave
  return {
    name,
    tag,
    ...(plannedFor === undefined ? {} : { plannedFor }),
    ...(frozenFrom === undefined ? {} : { frozenFrom }),
    ...(gone === undefined ? {} : { gone }),
    asked: wave.gates,
    gates: [...gates],
    isGo,
    tasks: tasks.map(({ taskId, name: task, status, round, forecast }) => ({
      ...wave.findings[taskId],
      taskId,
      name: task,
      status,
      round,
      ...(forecast ? { p50Ms: forecast.p50Ms, p90Ms: forecast.p90Ms } : {}),
    })),
  }
}
