import { Body1, Button, Dropdown, makeStyles, Option, SearchBox, Spinner, tokens } from '@fluentui/react-components'
import { AddRegular, FolderArrowUpRegular, SearchRegular } from '@fluentui/react-icons'
import { useDeferredValue, useMemo } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { TASK_STATUSES, type TaskStatus } from '../../../shared/domain/task.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { STATUS_LABELS } from '../../ui/StatusBadge.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { BulkBar } from './BulkBar.tsx'
import { ActionsCell, DestinationCell, NameCell, ProgressCell, StatusCell } from './TaskCells.tsx'
import { TaskPanel } from './TaskPanel.tsx'
import { useTaskActions } from './useTaskActions.ts'

const useStyles = makeStyles({
  filters: { flexShrink: 0, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
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
  const tagFilter = useApp((state) => state.tagFilter)
  const setTagFilter = useApp((state) => state.setTagFilter)
  const taskId = useApp((state) => state.taskId)
  const selected = useApp((state) => state.selected)
  const select = useApp((state) => state.select)
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
  const fewColumns = useMemo(() => columns.filter(({ key }) => key === 'name' || key === 'status'), [columns])
  const isBeside = taskId !== undefined && tasks[taskId] !== undefined
  const wanted = useDeferredValue(search.trim().toLowerCase())
  const shown = useMemo(() => {
    if (wanted === '' && statusFilter === 'all' && tagFilter === undefined) return order
    return order.filter((id) => {
      const row = tasks[id]
      if (!row || (statusFilter !== 'all' && row.status !== statusFilter)) return false
      if (tagFilter !== undefined && !row.task.tags.includes(tagFilter)) return false
      return wanted === '' || `${row.task.name}\n${row.task.source.path}`.toLowerCase().includes(wanted)
    })
  }, [order, tasks, wanted, statusFilter, tagFilter])
  const tags = useMemo(
    () => [...new Set(order.flatMap((id) => tasks[id]?.task.tags ?? []))].sort((a, b) => a.localeCompare(b)),
    [order, tasks],
  )
  const ticked = useMemo(() => [...selected].filter((id) => tasks[id] !== undefined), [selected, tasks])
  const panel = taskId !== undefined && tasks[taskId] ? <TaskPanel key={taskId} id={taskId} /> : null
  const create = (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => openView('create')}>
      Create a migration
    </Button>
  )
  const isEmpty = order.length === 0 && listState === 'read'
  return (
    <Page title="Migrations" actions={isEmpty ? null : create} panel={panel}>
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
            {tags.length > 0 ? (
              <Dropdown
                aria-label="Tag"
                value={tagFilter ?? 'All tags'}
                selectedOptions={[tagFilter ?? '']}
                onOptionSelect={(_, { optionValue }) =>
                  setTagFilter(optionValue === undefined || optionValue === '' ? undefined : optionValue)
                }
              >
                <Option value="">All tags</Option>
                {tags.map((tag) => (
                  <Option key={tag} value={tag}>
                    {tag}
                  </Option>
                ))}
              </Dropdown>
            ) : null}
            <Body1 className={styles.quiet} role="status">
              {shown.length === order.length
                ? formatCounted(order.length, 'task')
                : `${formatCount(shown.length)} of ${formatCounted(order.length, 'task')}`}
            </Body1>
          </div>
          <BulkBar selected={ticked} />
          {shown.length === 0 ? (
            <EmptyState icon={<SearchRegular />} title="No task matches" text="Change the search or the status.">
              <Button
                onClick={() => {
                  setSearch('')
                  setStatusFilter('all')
                  setTagFilter(undefined)
                }}
              >
                Show all tasks
              </Button>
            </EmptyState>
          ) : (
            <VirtualTable
              label="Migration tasks"
              // Beside the details there is room for what tells rows apart.
              columns={isBeside ? fewColumns : columns}
              minWidthPx={isBeside ? 460 : 900}
              rows={shown}
              rowKey={(id) => id}
              currentKey={taskId}
              selection={{ selected, label: nameOf, onSelect: select }}
            />
          )}
        </>
      )}
    </Page>
  )
}

/** Asked while a row is made, not watched: a name changes seldom, and then its row changes too. */
const nameOf = (id: TaskId): string => useApp.getState().tasks[id]?.task.name ?? id
