import type { FleetAgentView, TaskView } from '../../../shared/contract/views.ts'
import type { TaskId } from '../../../shared/domain/ids.ts'

/** What a click does about it. */
export type ProblemRemedy = { readonly kind: 'retry'; readonly taskIds: readonly TaskId[] } | { readonly kind: 'agents' }

export interface Problem {
  readonly key: string
  readonly title: string
  readonly text: string
  readonly taskIds: readonly TaskId[]
  readonly remedy: ProblemRemedy
}

/** Waiting that no time ends: a person must do something about the agents. */
const FOR_AGENTS: readonly string[] = ['noAgent', 'noAgentInGroup', 'groupDisabled', 'groupSilent', 'sourceUnreachable']

/** What needs a person, the widest first: tasks of one reason are one problem. */
export function problemsOf(rows: readonly TaskView[], agents: readonly FleetAgentView[]): readonly Problem[] {
  const groups = new Map<string, { readonly of: Omit<Problem, 'key' | 'taskIds' | 'remedy'>; readonly rows: TaskView[] }>()
  for (const row of rows) {
    const found = whatIsWrong(row)
    if (!found) continue
    const key = `${found.title}\n${found.text}`
    const group = groups.get(key) ?? { of: found, rows: [] }
    group.rows.push(row)
    groups.set(key, group)
  }
  const ofTasks = [...groups].map(([key, { of, rows: same }]): Problem => {
    const taskIds = same.map(({ task }) => task.id)
    const isWaiting = same[0]?.status === 'queued'
    return { key, ...of, taskIds, remedy: isWaiting ? { kind: 'agents' } : { kind: 'retry', taskIds } }
  })
  return [...ofAgents(agents), ...ofTasks.sort((a, b) => b.taskIds.length - a.taskIds.length)]
}

function whatIsWrong({ status, reason, waiting }: TaskView): { readonly title: string; readonly text: string } | undefined {
  if (status === 'failed') return { title: 'Failed', text: reason ?? 'Their details say why.' }
  if (status === 'completedWithIssues')
    return { title: 'Completed with issues', text: reason ?? 'Their details say what was left behind.' }
  if (status === 'queued' && waiting && FOR_AGENTS.includes(waiting.code))
    return { title: 'Nobody can take it', text: waiting.text }
  return undefined
}

function ofAgents(agents: readonly FleetAgentView[]): readonly Problem[] {
  const lost = agents.filter(({ state, beat }) => state === 'disconnected' && beat?.hasLeft === false)
  const blind = agents.filter(({ isAlive, beat }) => isAlive && (beat?.sourceProblems.length ?? 0) > 0)
  const remedy = { kind: 'agents' } as const
  return [
    ...lost.map(({ id, terms, reason = '' }) => ({
      key: `lost ${id}`,
      title: `Agent ${terms.name} is disconnected`,
      text: reason,
      taskIds: [],
      remedy,
    })),
    ...blind.map(({ id, terms, beat }) => ({
      key: `blind ${id}`,
      title: `Agent ${terms.name} cannot read a source`,
      text: beat?.sourceProblems[0]?.message ?? '',
      taskIds: [],
      remedy,
    })),
  ]
}
