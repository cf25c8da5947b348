import {
  Badge,
  Body1,
  Body1Strong,
  Button,
  Caption1,
  Card,
  Link,
  makeStyles,
  ProgressBar,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { ArrowRepeatAllRegular, DesktopRegular } from '@fluentui/react-icons'
import { useEffect, useState } from 'react'
import { SECOND_MS } from '../../../shared/units.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { useBulk } from '../migrations/useBulk.ts'
import { type Problem, problemsOf } from './problemGroups.ts'

const SHOWN = 6
/** Looking through 50,000 tasks takes longer than a frame. */
const LOOK_EVERY_MS = 2 * SECOND_MS

const useStyles = makeStyles({
  item: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalXS,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    paddingTop: tokens.spacingVerticalS,
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  progress: { width: '160px' },
})

/** What needs a person, by reason: how much of the project, and the one click that does something about it. */
export function Problems() {
  const styles = useStyles()
  const problems = useProblems()
  const { call } = useBridge()
  const bulk = useBulk()
  const openView = useApp((state) => state.openView)
  const readOnly = useReadOnlyReason()
  const { state } = bulk

  async function retry({ taskIds }: Problem): Promise<void> {
    await bulk.run('running again', taskIds, async (taskId) => {
      const reply = await call('tasks.retry', { taskId })
      return 'error' in reply ? reply.error : undefined
    })
  }

  return (
    <Card>
      <Subtitle2 as="h2">Needs attention</Subtitle2>
      {state && !state.isRunning && state.failures[0] ? (
        <ErrorNote title={`${formatCounted(state.failures.length, 'task')} did not take it.`} error={state.failures[0].error} />
      ) : null}
      {state?.isRunning === true ? (
        <div className={styles.head} role="status">
          {formatCount(state.doneCount)} of {formatCounted(state.totalCount, 'task')}: {state.label}
          <ProgressBar
            className={styles.progress}
            value={state.doneCount / Math.max(1, state.totalCount)}
            aria-label={state.label}
          />
          <Button size="small" onClick={bulk.stop}>
            Stop
          </Button>
        </div>
      ) : null}
      {problems.length === 0 ? <Body1 className={styles.quiet}>Nothing does.</Body1> : null}
      {problems.slice(0, SHOWN).map((problem) => (
        <div key={problem.key} className={styles.item}>
          <div className={styles.head}>
            <Body1Strong>{problem.title}</Body1Strong>
            {problem.taskIds.length > 0 ? (
              <Badge appearance="tint" color="warning">
                {formatCounted(problem.taskIds.length, 'task')}
              </Badge>
            ) : null}
          </div>
          <Caption1 className={styles.quiet}>{problem.text}</Caption1>
          <FirstTasks problem={problem} />
          {problem.remedy.kind === 'retry' ? (
            <Button
              size="small"
              icon={<ArrowRepeatAllRegular />}
              disabledFocusable={state?.isRunning === true || readOnly !== undefined}
              onClick={() => void retry(problem)}
            >
              {problem.taskIds.length === 1 ? 'Try again' : `Try all ${formatCount(problem.taskIds.length)} again`}
            </Button>
          ) : (
            <Button size="small" icon={<DesktopRegular />} onClick={() => openView('agents')}>
              Look at the agents
            </Button>
          )}
        </div>
      ))}
      {problems.length > SHOWN ? <Caption1 className={styles.quiet}>and {problems.length - SHOWN} more reasons</Caption1> : null}
    </Card>
  )
}

function FirstTasks({ problem }: { readonly problem: Problem }) {
  const styles = useStyles()
  const tasks = useApp((state) => state.tasks)
  const openTask = useApp((state) => state.openTask)
  const first = problem.taskIds.slice(0, 3)
  if (first.length === 0) return null
  return (
    <span className={styles.head}>
      {first.map((id) => (
        <Link key={id} as="button" onClick={() => openTask(id)}>
          {tasks[id]?.task.name}
        </Link>
      ))}
      {problem.taskIds.length > first.length ? (
        <Caption1 className={styles.quiet}>and {formatCount(problem.taskIds.length - first.length)} more</Caption1>
      ) : null}
    </span>
  )
}

function useProblems(): readonly Problem[] {
  const [problems, setProblems] = useState(problemsNow)
  useEffect(() => {
    let looked = useApp.getState()
    const again = setInterval(() => {
      const state = useApp.getState()
      if (state.tasks === looked.tasks && state.fleet === looked.fleet) return
      looked = state
      setProblems(problemsNow())
    }, LOOK_EVERY_MS)
    return () => clearInterval(again)
  }, [])
  return problems
}

function problemsNow(): readonly Problem[] {
  const { tasks, order, fleet } = useApp.getState()
  return problemsOf(
    order.flatMap((id) => tasks[id] ?? []),
    fleet?.agents ?? [],
  )
}
