import { Body1, Button, Caption1, Card, Link, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { ArrowRepeatAllRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'

const SHOWN = 5

const useStyles = makeStyles({
  item: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: tokens.spacingVerticalXS },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Tasks that ended with something left behind: what, and the one click that tries again. */
export function Problems() {
  const styles = useStyles()
  const retry = useCommand('tasks.retry')
  const order = useApp((state) => state.order)
  const tasks = useApp((state) => state.tasks)
  const openTask = useApp((state) => state.openTask)
  const rows = useMemo(
    () =>
      order.flatMap((id) => {
        const row = tasks[id]
        return row && (row.status === 'failed' || row.status === 'completedWithIssues') ? [row] : []
      }),
    [order, tasks],
  )
  return (
    <Card>
      <Subtitle2 as="h2">Needs attention</Subtitle2>
      {retry.error ? <ErrorNote error={retry.error} /> : null}
      {rows.length === 0 ? <Body1 className={styles.quiet}>Nothing does.</Body1> : null}
      {rows.slice(0, SHOWN).map((row) => (
        <div key={row.task.id} className={styles.item}>
          <Link as="button" onClick={() => openTask(row.task.id)}>
            {row.task.name}
          </Link>
          <StatusBadge status={row.status} />
          <Caption1 className={styles.quiet}>{row.reason ?? 'Its details say what was left behind.'}</Caption1>
          <Button
            size="small"
            icon={<ArrowRepeatAllRegular />}
            disabled={retry.isBusy}
            onClick={() => void retry.run({ taskId: row.task.id })}
          >
            Try again
          </Button>
        </div>
      ))}
      {rows.length > SHOWN ? <Caption1 className={styles.quiet}>and {rows.length - SHOWN} more</Caption1> : null}
    </Card>
  )
}
