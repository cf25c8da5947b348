import { Body1, Body1Strong, Button, Caption1, Card, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { ArrowRepeatAllRegular } from '@fluentui/react-icons'
import { useShallow } from 'zustand/react/shallow'
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
  const rows = useApp(
    useShallow((state) =>
      state.order.flatMap((id) => {
        const row = state.tasks[id]
        return row && (row.status === 'failed' || row.status === 'completedWithIssues') ? [row] : []
      }),
    ),
  )
  return (
    <Card>
      <Subtitle2 as="h2">Needs attention</Subtitle2>
      {retry.error ? <ErrorNote error={retry.error} /> : null}
      {rows.length === 0 ? <Body1 className={styles.quiet}>Nothing does.</Body1> : null}
      {rows.slice(0, SHOWN).map((row) => (
        <div key={row.task.id} className={styles.item}>
          <Body1Strong>{row.task.name}</Body1Strong>
          <StatusBadge status={row.status} />
          <Caption1 className={styles.quiet}>{row.reason ?? 'Its reports say what was left behind.'}</Caption1>
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
