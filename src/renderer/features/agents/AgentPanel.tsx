import {
  Body1,
  Button,
  Caption1,
  Link,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import type { FleetAgentView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatBytes, formatCount, formatMoment } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { useNow } from '../../useNow.ts'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { AgentStateBadge } from './AgentStateBadge.tsx'
import { AgentTermsForm } from './AgentTermsForm.tsx'
import { lastHeard, troubleOf } from './agentWords.ts'
import { ForgetAgent } from './ForgetAgent.tsx'

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXXS,
    margin: 0,
  },
  fact: { margin: 0, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' },
  quiet: { color: tokens.colorNeutralForeground2 },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalL, overflowWrap: 'anywhere' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
})

/** One agent: what it does, what hinders it, and what people may decide about it. */
export function AgentPanel(props: { readonly agent: FleetAgentView; readonly isOwn: boolean; readonly onClose: () => void }) {
  const styles = useStyles()
  const change = useCommand('fleet.changeAgent')
  const openTask = useApp((state) => state.openTask)
  const readOnly = useReadOnlyReason()
  const nowMs = useNow()
  const { agent } = props
  const { beat, terms } = agent
  const trouble = troubleOf(agent, nowMs)
  return (
    <SidePanel title={terms.name} onClose={props.onClose} below={<AgentStateBadge state={agent.state} />}>
      {readOnly === undefined ? null : <Caption1 className={styles.quiet}>{readOnly}</Caption1>}
      {trouble === undefined ? null : (
        <MessageBar intent={agent.state === 'disabled' ? 'info' : 'warning'} layout="multiline">
          <MessageBarBody>{trouble}</MessageBarBody>
        </MessageBar>
      )}
      {change.error ? <ErrorNote title="Not changed." error={change.error} /> : null}
      <div className={styles.buttons}>
        <Button
          size="small"
          appearance={terms.isEnabled ? 'secondary' : 'primary'}
          disabledFocusable={readOnly !== undefined || change.isBusy}
          onClick={() => void change.run({ agentId: agent.id, isEnabled: !terms.isEnabled })}
        >
          {terms.isEnabled ? 'Disable' : 'Enable'}
        </Button>
        <ForgetAgent agent={agent} isReadOnly={readOnly !== undefined} onForgotten={props.onClose} />
      </div>
      {terms.isEnabled ? (
        <Caption1 className={styles.quiet}>A disabled agent ends what it has in work and takes nothing more.</Caption1>
      ) : null}
      {beat && agent.isAlive && beat.running.length > 0 ? (
        <section aria-label="Works on">
          <Subtitle2 as="h3">Works on</Subtitle2>
          <ul className={styles.list}>
            {beat.running.map(({ taskId, name }) => (
              <li key={taskId}>
                <Link as="button" onClick={() => openTask(taskId)}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {beat && beat.sourceProblems.length > 0 ? (
        <section aria-label="Sources it cannot read">
          <Subtitle2 as="h3">Sources it cannot read</Subtitle2>
          {beat.sourceProblems.map(({ path, message }) => (
            <MessageBar key={path} intent="warning" layout="multiline">
              <MessageBarBody>
                <MessageBarTitle>{path}</MessageBarTitle>
                {message}
              </MessageBarBody>
            </MessageBar>
          ))}
          <Body1 className={styles.quiet}>
            Give the account that Portage runs under there the right to read, or put the tasks into a group whose agents can.
          </Body1>
        </section>
      ) : null}
      <section aria-label="About this agent">
        <Subtitle2 as="h3">About</Subtitle2>
        <dl className={styles.facts}>
          {factsOf(agent, nowMs).map(([name, value]) => (
            <Fact key={name} name={name} value={value} />
          ))}
        </dl>
      </section>
      <AgentTermsForm agent={agent} isReadOnly={readOnly !== undefined} />
    </SidePanel>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  const styles = useStyles()
  return (
    <>
      <dt className={styles.quiet}>{name}</dt>
      <dd className={styles.fact}>{value}</dd>
    </>
  )
}

function factsOf({ id, beat, terms, isAlive }: FleetAgentView, nowMs: number): readonly (readonly [string, string])[] {
  if (!beat) return [['Id', id]]
  return [
    ['Last heard', `${lastHeard({ id, beat, terms, isAlive, state: 'enabled' }, nowMs)} (${formatMoment(beat.at)})`],
    ...(beat.startedAt === undefined ? [] : ([['Runs since', formatMoment(beat.startedAt)]] as const)),
    ['Places', `${formatCount(isAlive ? beat.running.length : 0)} of ${formatCount(beat.places)} in use`],
    ['Spent today (UTC)', `${formatCount(beat.spent.units)} RU, ${formatBytes(beat.spent.bytes)}`],
    ...(beat.pace === undefined
      ? []
      : ([
          [
            'Pace',
            `${formatCount(Math.round(beat.pace.unitsPerMinute))} RU a minute, ${formatBytes(beat.pace.bytesPerHour)} an hour`,
          ],
        ] as const)),
    ...(beat.freeDiskBytes === undefined ? [] : ([['Free disk', formatBytes(beat.freeDiskBytes)]] as const)),
    ['Machine', beat.machine],
    ['Version', beat.version],
    ['Id', id],
  ]
}
