import type { AppPlace } from '../../shared/contract/deepLink.ts'
import type { HostEvent } from '../../shared/contract/events.ts'
import type { AgentView, ConnectionView, TaskView } from '../../shared/contract/views.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'

/** What the tray shows at a glance. */
export type TrayMood = 'idle' | 'working' | 'attention' | 'offline'

/** What is worth telling somebody whose window is not in front. */
export interface Notice {
  readonly title: string
  readonly body: string
  readonly opens: AppPlace
}

/** More ends than this at once become one notice. */
const NOTICES_AT_ONCE_MAX = 3

const ENDS: Readonly<Partial<Record<TaskStatus, string>>> = {
  completed: 'Every file has arrived and is proven.',
  completedWithIssues: 'Finished; some items need a look.',
  failed: 'It stopped. The reason is in the app.',
}

/** What the shell knows from the events that pass through it to the windows: enough for tray and notifications, and no more. */
export class ShellState {
  readonly #statuses = new Map<TaskId, TaskStatus>()
  /** Rows are told whole at first and after every reconnection: those are no news. */
  #isListKnown = false
  #connection: ConnectionView = { state: 'none' }
  #agent: Pick<AgentView, 'state' | 'error'> = { state: 'stopped' }

  /** Takes one event and says what is worth a notice. */
  hear(event: HostEvent): readonly Notice[] {
    switch (event.event) {
      case 'connection.changed':
        return this.#hearConnection(event.payload.connection)
      case 'agent.changed':
        return this.#hearAgent(event.payload.agent)
      case 'tasks.changed':
        return this.#hearTasks(event.payload)
      default:
        return []
    }
  }

  get mood(): TrayMood {
    if (this.#connection.state !== 'connected' || this.#connection.error) return 'offline'
    if (this.#agent.error) return 'attention'
    return this.#count('inProgress') > 0 ? 'working' : 'idle'
  }

  /** One line for the tray. */
  get summary(): string {
    if (this.#connection.state !== 'connected') return 'Portage: not connected'
    if (this.#connection.error) return 'Portage: the task list cannot be read'
    if (this.#agent.error) return 'Portage: this agent has stopped'
    const running = this.#count('inProgress')
    const waiting = this.#count('queued')
    if (running === 0 && waiting === 0) return 'Portage: nothing to do'
    return `Portage: ${running} running, ${waiting} waiting`
  }

  /** Closing the window must not end a migration. */
  get isAgentAtWork(): boolean {
    return this.#agent.state !== 'stopped'
  }

  #hearConnection(connection: ConnectionView): readonly Notice[] {
    const before = this.#connection
    this.#connection = connection
    const hadError = before.state !== 'connecting' && before.error !== undefined
    if (connection.state !== 'connected' || !connection.error || hadError) return []
    return [{ title: 'Portage needs you', body: connection.error.message, opens: { kind: 'view', view: 'overview' } }]
  }

  #hearAgent(agent: AgentView): readonly Notice[] {
    const before = this.#agent
    this.#agent = agent
    if (!agent.error || before.error?.message === agent.error.message) return []
    return [{ title: 'This agent has stopped', body: agent.error.message, opens: { kind: 'view', view: 'overview' } }]
  }

  #hearTasks(change: {
    readonly startsOver: boolean
    readonly isComplete: boolean
    readonly tasks: readonly TaskView[]
    readonly removedIds: readonly TaskId[]
  }): readonly Notice[] {
    if (change.startsOver) {
      this.#statuses.clear()
      this.#isListKnown = false
    }
    const ended: TaskView[] = []
    for (const view of change.tasks) {
      const before = this.#statuses.get(view.task.id)
      this.#statuses.set(view.task.id, view.status)
      if (this.#isListKnown && before !== undefined && before !== view.status && ENDS[view.status]) ended.push(view)
    }
    for (const id of change.removedIds) this.#statuses.delete(id)
    if (change.isComplete) this.#isListKnown = true
    return describeEnds(ended)
  }

  #count(wanted: TaskStatus): number {
    let count = 0
    for (const status of this.#statuses.values()) if (status === wanted) count++
    return count
  }
}

function describeEnds(ended: readonly TaskView[]): readonly Notice[] {
  if (ended.length <= NOTICES_AT_ONCE_MAX) {
    return ended.map(({ task, status }) => ({
      title: task.name,
      body: ENDS[status] ?? '',
      opens: { kind: 'task', taskId: task.id },
    }))
  }
  const clean = ended.filter(({ status }) => status === 'completed').length
  return [
    {
      title: `${ended.length} tasks have ended`,
      body: `${clean} completed, ${ended.length - clean} need a look.`,
      opens: { kind: 'view', view: 'migrations' },
    },
  ]
}
