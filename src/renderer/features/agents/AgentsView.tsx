import { Body1, Button, Caption1, Link, makeStyles, mergeClasses, Spinner, Text, tokens } from '@fluentui/react-components'
import { ArrowClockwiseRegular, DesktopRegular } from '@fluentui/react-icons'
import { useEffect, useMemo, useState } from 'react'
import type { FleetAgentView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatBytes, formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { useNow } from '../../useNow.ts'
import { AgentPanel } from './AgentPanel.tsx'
import { AgentStateBadge } from './AgentStateBadge.tsx'
import { lastHeard, troubleOf } from './agentWords.ts'

const ROW_HEIGHT_PX = 76

const useStyles = makeStyles({
  line: { display: 'block', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  two: { display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical', overflow: 'hidden' },
  quiet: { color: tokens.colorNeutralForeground2 },
  trouble: { color: tokens.colorPaletteRedForeground1 },
})

/** Who works on the project, who does not, and why? */
export function AgentsView() {
  const styles = useStyles()
  const read = useCommand('fleet.agents')
  const told = useApp((state) => state.fleet?.agents)
  const own = useApp((state) => state.agent?.id)
  const [openId, setOpenId] = useState<string>()
  const nowMs = useNow()
  const { run } = read

  // The answer comes as an event as well, to every window.
  useEffect(() => void run({}), [run])

  const columns = useMemo<readonly Column<FleetAgentView>[]>(
    () => [
      {
        key: 'name',
        title: 'Agent',
        width: 'minmax(170px, 2fr)',
        cell: (agent) => <NameCell agent={agent} isOwn={agent.id === own} onOpen={() => setOpenId(agent.id)} />,
      },
      {
        key: 'state',
        title: 'State',
        width: 'minmax(180px, 2.4fr)',
        cell: (agent) => <StateCell agent={agent} nowMs={nowMs} />,
      },
      { key: 'work', title: 'Works on', width: 'minmax(150px, 2fr)', cell: (agent) => <WorkCell agent={agent} /> },
      {
        key: 'today',
        title: 'Spent today',
        width: '130px',
        cell: ({ beat }) => (
          <>
            <Text className={styles.line}>{beat ? `${formatCount(beat.spent.units)} RU` : '—'}</Text>
            <Caption1 className={mergeClasses(styles.line, styles.quiet)}>{beat ? formatBytes(beat.spent.bytes) : ''}</Caption1>
          </>
        ),
      },
      {
        key: 'heard',
        title: 'Last heard',
        width: '150px',
        cell: (agent) => (
          <>
            <Text className={styles.line}>{lastHeard(agent, nowMs)}</Text>
            <Caption1 className={mergeClasses(styles.line, styles.quiet)}>
              {agent.beat ? `version ${agent.beat.version}` : ''}
            </Caption1>
          </>
        ),
      },
    ],
    [own, nowMs, styles],
  )
  const few = useMemo(() => columns.filter(({ key }) => key === 'name' || key === 'state'), [columns])
  const open = told?.find(({ id }) => id === openId)
  return (
    <Page
      title="Agents"
      panel={open ? <AgentPanel key={open.id} agent={open} isOwn={open.id === own} onClose={() => setOpenId(undefined)} /> : null}
      actions={
        <Button icon={<ArrowClockwiseRegular />} disabled={read.isBusy} onClick={() => void run({})}>
          Refresh
        </Button>
      }
    >
      {read.error ? <ErrorNote title="The list of agents cannot be read." error={read.error} /> : null}
      {told === undefined ? (
        read.error ? null : (
          <Spinner label="Reading the list of agents" />
        )
      ) : told.length === 0 ? (
        <EmptyState
          icon={<DesktopRegular />}
          title="No agents yet"
          text="An agent is a computer with Portage on it. Start this one at the top of the window, or install Portage on more computers and connect them to the same task list: they appear here by themselves."
        />
      ) : (
        <>
          <Body1 className={styles.quiet} role="status">
            {inWords(told)}
          </Body1>
          <VirtualTable
            label="Agents"
            columns={open ? few : columns}
            rows={told}
            rowKey={({ id }) => id}
            currentKey={openId}
            rowHeightPx={ROW_HEIGHT_PX}
            minWidthPx={open ? 420 : 860}
          />
        </>
      )}
    </Page>
  )
}

function inWords(agents: readonly FleetAgentView[]): string {
  const alive = agents.filter(({ isAlive }) => isAlive)
  const busy = alive.filter(({ state }) => state === 'inUse').length
  const lost = agents.filter(({ state }) => state === 'disconnected').length
  const parts = [
    formatCounted(agents.length, 'agent'),
    `${formatCount(busy)} at work`,
    ...(lost > 0 ? [`${formatCount(lost)} disconnected`] : []),
  ]
  return `${parts.join(', ')}.`
}

function NameCell(props: { readonly agent: FleetAgentView; readonly isOwn: boolean; readonly onOpen: () => void }) {
  const styles = useStyles()
  const { terms, beat } = props.agent
  return (
    <>
      <Link as="button" className={styles.line} title={terms.name} onClick={props.onOpen}>
        {terms.name}
      </Link>
      <Caption1 className={mergeClasses(styles.line, styles.quiet)}>
        Group {terms.group}
        {props.isOwn ? ' · this computer' : ''}
      </Caption1>
      <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={beat?.machine}>
        {beat?.machine ?? ''}
      </Caption1>
    </>
  )
}

function StateCell({ agent, nowMs }: { readonly agent: FleetAgentView; readonly nowMs: number }) {
  const styles = useStyles()
  const trouble = troubleOf(agent, nowMs)
  return (
    <>
      <AgentStateBadge state={agent.state} />
      {trouble === undefined ? null : (
        <Caption1
          className={mergeClasses(styles.two, agent.state === 'disabled' ? styles.quiet : styles.trouble)}
          title={trouble}
        >
          {trouble}
        </Caption1>
      )}
    </>
  )
}

function WorkCell({ agent }: { readonly agent: FleetAgentView }) {
  const styles = useStyles()
  const { beat } = agent
  if (!beat) return null
  const names = agent.isAlive ? beat.running.map(({ name }) => name).join(', ') : ''
  return (
    <>
      <Text className={styles.line}>
        {formatCount(agent.isAlive ? beat.running.length : 0)} of {formatCounted(beat.places, 'place')}
      </Text>
      <Caption1 className={mergeClasses(styles.two, styles.quiet)} title={names}>
        {names}
      </Caption1>
    </>
  )
}
