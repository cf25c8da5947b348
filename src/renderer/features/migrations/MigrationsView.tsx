import { Body1, Button, Dropdown, makeStyles, Option, SearchBox, Spinner, tokens } from '@fluentui/react-components'
import { AddRegular, FolderArrowUpRegular, SearchRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { TASK_STATUSES, type TaskStatus } from '../../../shared/domain/task.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { STATUS_LABELS } from '../../ui/StatusBadge.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { ActionsCell, DestinationCell, NameCell, ProgressCell, StatusCell } from './TaskCells.tsx'
import { useTaskActions } from './useTaskActions.ts'

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  search: { width: '280px' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** What is each task doing, and what can I do about it? */
export function MigrationsView() {
  const styles = useStyles()
  const listState = useApp((state) => state.listState)
  const order = useApp((state) => state.order)
  const tasks = useApp((state) => state.tasks)
  const search = useApp((state) => state.search)
  const statusFilter = useApp((state) => state.statusFilter)
  const setSearch = useApp((state) => state.setSearch)
  const setStatusFilter = useApp((state) => state.setStatusFilter)
  const openView = useApp((state) => state.openView)
  const actions = useTaskActions()
  const columns = useMemo<readonly Column<TaskId>[]>(
    () => [
      { key: 'name', title: 'Task', width: 'minmax(200px, 3fr)', cell: (id) => <NameCell id={id} /> },
      { key: 'destination', title: 'Destination', width: 'minmax(150px, 2fr)', cell: (id) => <DestinationCell id={id} /> },
      { key: 'status', title: 'Status', width: '224px', cell: (id) => <StatusCell id={id} /> },
      { key: 'progress', title: 'Progress', width: 'minmax(220px, 3fr)', cell: (id) => <ProgressCell id={id} /> },
      { key: 'actions', title: 'Actions', width: '88px', cell: (id) => <ActionsCell id={id} act={actions.act} /> },
    ],
    [actions.act],
  )
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return order.filter((id) => {
      const row = tasks[id]
      if (!row || (statusFilter !== 'all' && row.status !== statusFilter)) return false
      return wanted === '' || `${row.task.name}\n${row.task.source.path}`.toLowerCase().includes(wanted)
    })
  }, [order, tasks, search, statusFilter])
  const create = (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => openView('create')}>
      Create a migration
    </Button>
  )
  const isEmpty = order.length === 0 && listState === 'read'
  return (
    <Page title="Migrations" actions={isEmpty ? null : create}>
      {actions.error ? <ErrorNote title="That did not work." error={actions.error} /> : null}
      {listState === 'unread' ? (
        <Spinner label="Reading the task list" />
      ) : isEmpty ? (
        <EmptyState
          icon={<FolderArrowUpRegular />}
          title="No migrations yet"
          text="Every task of every agent of this project will be listed here."
        >
          {create}
        </EmptyState>
      ) : (
        <>
          <div className={styles.filters}>
            <SearchBox
              className={styles.search}
              placeholder="Name or source"
              aria-label="Search by name or source"
              value={search}
              onChange={(_, { value }) => setSearch(value)}
            />
            <Dropdown
              aria-label="Status"
              value={statusFilter === 'all' ? 'All statuses' : STATUS_LABELS[statusFilter]}
              selectedOptions={[statusFilter]}
              onOptionSelect={(_, { optionValue }) => setStatusFilter((optionValue ?? 'all') as TaskStatus | 'all')}
            >
              <Option value="all">All statuses</Option>
              {TASK_STATUSES.map((status) => (
                <Option key={status} value={status}>
                  {STATUS_LABELS[status]}
                </Option>
              ))}
            </Dropdown>
            <Body1 className={styles.quiet} role="status">
              {shown.length === order.length
                ? formatCounted(order.length, 'task')
                : `${formatCount(shown.length)} of ${formatCounted(order.length, 'task')}`}
            </Body1>
          </div>
          {shown.length === 0 ? (
            <EmptyState icon={<SearchRegular />} title="No task matches" text="Change the search or the status.">
              <Button
                onClick={() => {
                  setSearch('')
                  setStatusFilter('all')
                }}
              >
                Show all tasks
              </Button>
            </EmptyState>
          ) : (
            <VirtualTable label="Migration tasks" columns={columns} rows={shown} rowKey={(id) => id} />
          )}
        </>
      )}
    </Page>
  )
}
