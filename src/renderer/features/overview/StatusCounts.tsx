import { Card, CounterBadge, Link, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import type { FleetSummary } from '../../../shared/domain/fleet.ts'
import { TASK_STATUSES, type TaskStatus } from '../../../shared/domain/task.ts'
import { useApp } from '../../store/store.ts'
import { STATUS_LABELS } from '../../ui/StatusBadge.tsx'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  item: { display: 'flex', justifyContent: 'space-between', alignItems: 'center' },
})

/** Each count leads to its tasks. */
export function StatusCounts({ summary }: { readonly summary: FleetSummary }) {
  const styles = useStyles()
  const openView = useApp((state) => state.openView)
  const setStatusFilter = useApp((state) => state.setStatusFilter)
  function open(status: TaskStatus): void {
    setStatusFilter(status)
    openView('migrations')
  }
  return (
    <Card>
      <Subtitle2 as="h2">Tasks</Subtitle2>
      <ul className={styles.list}>
        {TASK_STATUSES.filter((status) => summary.byStatus[status] > 0).map((status) => (
          <li key={status} className={styles.item}>
            <Link as="button" onClick={() => open(status)}>
              {STATUS_LABELS[status]}
            </Link>
            <CounterBadge count={summary.byStatus[status]} overflowCount={99_999} appearance="filled" color="informative" />
          </li>
        ))}
      </ul>
    </Card>
  )
}
