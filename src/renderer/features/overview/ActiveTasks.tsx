import { Body1, Caption1, Card, Link, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { TaskProgressBar } from '../../ui/TaskProgressBar.tsx'
import { useAgentName } from '../../useAgentName.ts'

const SHOWN = 20

const useStyles = makeStyles({
  card: { gap: tokens.spacingVerticalL },
  task: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXS, minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
})

export function ActiveTasks() {
  const styles = useStyles()
  const order = useApp((state) => state.order)
  const tasks = useApp((state) => state.tasks)
  const ids = useMemo(() => order.filter((id) => tasks[id]?.status === 'inProgress'), [order, tasks])
  return (
    <Card className={styles.card}>
      <Subtitle2 as="h2">In progress</Subtitle2>
      {ids.length === 0 ? <Body1 className={styles.quiet}>No task is in progress right now.</Body1> : null}
      {ids.slice(0, SHOWN).map((id) => (
        <ActiveTask key={id} id={id} />
      ))}
      {ids.length > SHOWN ? <Caption1 className={styles.quiet}>and {ids.length - SHOWN} more</Caption1> : null}
    </Card>
  )
}

function ActiveTask({ id }: { readonly id: TaskId }) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  const progress = useApp((state) => progressOf(state, id))
  const openTask = useApp((state) => state.openTask)
  const agent = useAgentName(row?.owner)
  if (!row) return null
  return (
    <div className={styles.task}>
      <div>
        <Link as="button" onClick={() => openTask(id)}>
          {row.task.name}
        </Link>
      </div>
      {progress ? <TaskProgressBar progress={progress} isMoving /> : <Caption1 className={styles.quiet}>Starting</Caption1>}
      <Caption1 className={styles.quiet}>
        {row.task.source.path} → {describeDestination(row.task.destination)}
        {agent === undefined ? '' : ` · on ${agent}`}
      </Caption1>
    </div>
  )
}
