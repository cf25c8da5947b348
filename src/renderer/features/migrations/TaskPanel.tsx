import { Button, Caption1, makeStyles, Spinner, Tab, TabList, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import { ACTIONS_BY_STATUS } from '../../../shared/domain/taskActions.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { useAgentName } from '../../useAgentName.ts'
import { ACTIONS, actionLabel } from './actions.tsx'
import { Causes } from './Causes.tsx'
import { ItemList } from './ItemList.tsx'
import { Rounds } from './Rounds.tsx'
import { Stages } from './Stages.tsx'
import { TaskSettingsTab } from './TaskSettingsTab.tsx'
import { useTaskActions } from './useTaskActions.ts'
import { useTaskDetail } from './useTaskDetail.ts'

const useStyles = makeStyles({
  head: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: tokens.spacingVerticalXS },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  tabs: { marginLeft: `calc(-1 * ${tokens.spacingHorizontalM})`, flexShrink: 0 },
})

type TabName = 'now' | 'items' | 'rounds' | 'settings'

/** Everything about one task: what it does now, what it left behind and why, what it did before, and by which settings. */
export function TaskPanel({ id }: { readonly id: TaskId }) {
  const styles = useStyles()
  const row = useApp((state) => state.tasks[id])
  const openTask = useApp((state) => state.openTask)
  const actions = useTaskActions()
  const agent = useAgentName(row?.owner)
  const [tab, setTab] = useState<TabName>('now')
  const [code, setCode] = useState<ErrorCode>()
  const { detail, error } = useTaskDetail(id, {
    version: `${row?.modifiedAt} ${row?.status} ${row?.round}`,
    isRunning: row?.status === 'inProgress',
  })
  if (!row) return null
  const latest = detail?.rounds[0]
  const canRetry = (ACTIONS_BY_STATUS[row.status] as readonly string[]).includes('retry')
  return (
    <SidePanel
      title={row.task.name}
      onClose={() => openTask(undefined)}
      below={
        <div className={styles.head}>
          <StatusBadge status={row.status} isAsked={row.request} />
          <Caption1 className={styles.quiet}>
            {row.task.source.path} → {describeDestination(row.task.destination)}
          </Caption1>
        </div>
      }
    >
      <div className={styles.actions}>
        {ACTIONS_BY_STATUS[row.status]
          .filter((action) => action !== 'remove')
          .map((action, index) => (
            <Button
              key={action}
              size="small"
              appearance={index === 0 ? 'primary' : 'secondary'}
              icon={ACTIONS[action].icon}
              onClick={() => actions.act(action, id)}
            >
              {actionLabel(action, row.status)}
            </Button>
          ))}
      </div>
      {actions.error ? <ErrorNote title="That did not work." error={actions.error} /> : null}
      {error ? <ErrorNote title="The details cannot be read." error={error} /> : null}
      <TabList className={styles.tabs} size="small" selectedValue={tab} onTabSelect={(_, { value }) => setTab(value as TabName)}>
        <Tab value="now">State</Tab>
        <Tab value="items">Items</Tab>
        <Tab value="rounds">History</Tab>
        <Tab value="settings">Settings</Tab>
      </TabList>
      {tab === 'now' ? (
        <>
          <Stages row={row} />
          {!detail && !error ? <Spinner size="tiny" label="Reading the journal" /> : null}
          {latest ? (
            <Causes
              round={latest}
              onRetry={canRetry ? (cause) => actions.retryCause(id, cause) : undefined}
              onShow={(chosen) => {
                setCode(chosen)
                setTab('items')
              }}
            />
          ) : null}
          {detail && !latest ? (
            <Caption1 className={styles.quiet}>
              {row.owner === undefined
                ? 'No agent has begun with it yet.'
                : `The item list is with agent ${agent}; open Portage there to see single items.`}
            </Caption1>
          ) : null}
        </>
      ) : null}
      {tab === 'items' && latest ? (
        <ItemList
          key={code ?? 'all'}
          taskId={id}
          round={latest.round}
          isRunning={row.status === 'inProgress'}
          code={code}
          onClearCode={() => setCode(undefined)}
        />
      ) : null}
      {tab === 'items' && detail && !latest ? <Caption1 className={styles.quiet}>No items are known here yet.</Caption1> : null}
      {tab === 'rounds' && detail ? <Rounds rounds={detail.rounds} /> : null}
      {tab === 'settings' ? <TaskSettingsTab row={row} /> : null}
    </SidePanel>
  )
}
