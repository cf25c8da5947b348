import { Body1Strong, Button, Caption1, makeStyles, Spinner, Tooltip, tokens } from '@fluentui/react-components'
import {
  CheckmarkCircleFilled,
  CloudArrowUpFilled,
  PauseCircleFilled,
  PlayRegular,
  StopRegular,
  WarningFilled,
} from '@fluentui/react-icons'
import type { AgentView, ConnectionView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    flexShrink: 0,
  },
  logo: { fontSize: '24px', color: tokens.colorBrandForeground1 },
  tenant: {
    color: tokens.colorNeutralForeground2,
    flexGrow: 1,
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  agent: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  good: { color: tokens.colorStatusSuccessForeground1 },
  warn: { color: tokens.colorStatusWarningForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
})

export function TopBar({ connection }: { readonly connection: Extract<ConnectionView, { state: 'connected' }> }) {
  const styles = useStyles()
  const agent = useApp((state) => state.agent)
  return (
    <header className={styles.root}>
      <CloudArrowUpFilled className={styles.logo} aria-hidden />
      <Body1Strong>Portage</Body1Strong>
      <Caption1 className={styles.tenant} title={connection.coordinationSite}>
        {connection.tenantName} · task list in {connection.coordinationSite}
      </Caption1>
      {agent ? <AgentControl agent={agent} /> : null}
    </header>
  )
}

const STATE_LABELS = { stopped: 'stopped', running: 'working', stopping: 'finishing files in flight' } as const satisfies Record<
  AgentView['state'],
  string
>

function AgentControl({ agent }: { readonly agent: AgentView }) {
  const styles = useStyles()
  const start = useCommand('agent.start')
  const stop = useCommand('agent.stop')
  const problem = agent.error ?? start.error ?? stop.error
  const state =
    agent.state === 'running' && agent.error
      ? 'trying again'
      : agent.state === 'running' && agent.taskId === undefined
        ? 'ready for tasks'
        : STATE_LABELS[agent.state]
  return (
    <div className={styles.agent}>
      {problem ? (
        <WarningFilled className={styles.warn} aria-hidden />
      ) : agent.state === 'stopped' ? (
        <PauseCircleFilled className={styles.quiet} aria-hidden />
      ) : agent.state === 'stopping' ? (
        <Spinner size="extra-tiny" aria-hidden />
      ) : (
        <CheckmarkCircleFilled className={styles.good} aria-hidden />
      )}
      <Tooltip
        relationship="description"
        content={problem ? `${problem.message} ${problem.fix ?? ''}` : 'This install takes tasks from the shared list.'}
      >
        <Caption1 role="status" tabIndex={0}>
          Agent {agent.name}: {state}
        </Caption1>
      </Tooltip>
      {agent.state === 'stopped' ? (
        <Button size="small" icon={<PlayRegular />} disabled={start.isBusy} onClick={() => void start.run({})}>
          Start
        </Button>
      ) : (
        <Button
          size="small"
          appearance="subtle"
          icon={<StopRegular />}
          disabled={agent.state === 'stopping'}
          onClick={() => void stop.run({})}
        >
          Stop
        </Button>
      )}
    </div>
  )
}
