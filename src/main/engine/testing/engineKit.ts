import { taskIdSchema } from '../../../shared/domain/ids.ts'
import type { TaskProgress } from '../../../shared/domain/progress.ts'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { type EngineDeps, type RoundOutcome, runTask } from '../engine.ts'
import type { ContentComparer } from '../ports/contentComparer.ts'
import type { Journal } from '../ports/journal.ts'
import type { Clock } from '../ports/runtime.ts'
import type { GlobMatcher } from '../scan/filters.ts'
import type { TransferGate } from '../schedule/transferGate.ts'
import { SeededRandom } from './fakeClock.ts'
import { InstantClock } from './instantClock.ts'
import type { MemoryDestination } from './memoryDestination.ts'
import { createTestHasher, type MemorySource } from './memorySource.ts'

export function testTask(settings: Partial<TaskSettings> = {}): Task {
  return {
    id: taskIdSchema.parse('00000000-0000-4000-8000-000000000001'),
    name: 'Finance',
    source: { kind: 'fileShare', path: '/share' },
    destination: { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/finance', library: 'Documents', folder: '' },
    settings: { ...taskSettingsSchema.parse({}), ...settings },
    tags: [],
    createdAt: '2026-08-20T00:00:00Z',
    createdBy: 'tester',
    revision: 1,
  }
}

/** Just what the tests of the engine write: `*.ext`, `folder/**`, and plain paths. */
function compileTestGlobs(patterns: readonly string[]): GlobMatcher {
  return (relPath) =>
    patterns.some((pattern) => {
      if (pattern.startsWith('*')) return relPath.endsWith(pattern.slice(1))
      return pattern.endsWith('/**') ? relPath.startsWith(pattern.slice(0, -2)) : relPath === pattern
    })
}

/** Says what it is told to say about every pair. */
export function fixedComparer(kind: 'equalParts' | 'equalBytes' | 'different' | 'cannotTell'): ContentComparer {
  return { compare: async () => ({ kind, reason: 'as the test says' }) }
}

export interface TestRun {
  readonly journal: Journal
  readonly source: MemorySource
  readonly destination: MemoryDestination
  readonly settings?: Partial<TaskSettings>
  readonly task?: Task
  readonly round?: number
  readonly clock?: Clock
  readonly comparer?: ContentComparer
  readonly gate?: TransferGate
  readonly identities?: EngineDeps['identities']
  readonly previous?: EngineDeps['previous'] | undefined
  readonly parts?: EngineDeps['parts']
  readonly drainSignal?: AbortSignal
  readonly signal?: AbortSignal
  readonly takesOver?: boolean
  readonly onProgress?: (progress: TaskProgress) => void
}

export async function runTest(run: TestRun): Promise<RoundOutcome> {
  const never = new AbortController().signal
  return await runTask(
    {
      journal: run.journal,
      openSource: () => run.source,
      destinations: run.destination,
      compileGlobs: compileTestGlobs,
      comparer: run.comparer ?? fixedComparer('different'),
      createHasher: createTestHasher,
      clock: run.clock ?? new InstantClock(),
      random: new SeededRandom(7),
      logger: { log: () => undefined },
      ...(run.gate ? { gate: run.gate } : {}),
      identities: run.identities,
      parts: run.parts,
      ...(run.previous ? { previous: run.previous } : {}),
    },
    run.task ?? testTask(run.settings),
    {
      round: run.round ?? 0,
      agentName: 'agent-1',
      takesOver: run.takesOver ?? false,
      drainSignal: run.drainSignal ?? never,
      signal: run.signal ?? never,
      onProgress: run.onProgress ?? (() => undefined),
    },
  )
}
