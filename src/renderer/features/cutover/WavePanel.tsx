import { Badge, Body1, Button, Caption1, Link, makeStyles, Spinner, Subtitle2, Text, tokens } from '@fluentui/react-components'
import { DeleteRegular, EditRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { CommandResponse } from '../../../shared/contract/commands.ts'
import { WAVE_CHECKS, type WaveCheck, type WaveView } from '../../../shared/contract/cutover.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { formatCounted, formatMoment } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { CHECKS, findingLines, forecastOf } from './cutoverWords.ts'
import { GateList } from './GateList.tsx'
import { GoButton } from './GoButton.tsx'
import { WaveForm } from './WaveForm.tsx'

const useStyles = makeStyles({
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  quiet: { display: 'block', color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalL, overflowWrap: 'anywhere' },
})

const SHOWN = 50

/** One wave: go or no go and why, what to check before, and what to hand on afterwards. */
export function WavePanel(props: {
  readonly wave: WaveView
  readonly onChanged: (wave: WaveView) => void
  readonly onRemoved: () => void
  readonly onClose: () => void
}) {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  const check = useCommand('cutover.check')
  const remove = useCommand('cutover.remove')
  const write = useCommand('cutover.export')
  const openTask = useApp((state) => state.openTask)
  const readOnly = useReadOnlyReason()
  const [running, setRunning] = useState<WaveCheck>()
  const [found, setFound] = useState<CommandResponse<'cutover.check'> & { readonly check: WaveCheck }>()
  const [written, setWritten] = useState<string>()
  const { wave } = props
  const isOff = readOnly !== undefined || running !== undefined
  const error = check.error ?? remove.error ?? write.error

  async function runCheck(which: WaveCheck): Promise<void> {
    setRunning(which)
    setFound(undefined)
    const answer = await check.run({ name: wave.name, check: which })
    setRunning(undefined)
    if (!answer) return
    setFound({ ...answer, check: which })
    props.onChanged(answer.wave)
  }

  async function exportList(what: 'redirects' | 'rollback'): Promise<void> {
    const folder = capabilities.nativeDialogs ? await native.chooseFolder?.() : undefined
    if (capabilities.nativeDialogs && folder === undefined) return
    const file = await write.run({ name: wave.name, what, ...(folder === undefined ? {} : { folder }) })
    if (file) setWritten(`${formatCounted(file.rowCount, 'row')} in ${file.path}`)
  }

  return (
    <SidePanel title={wave.name} onClose={props.onClose} below={<StandingBadge wave={wave} />}>
      {readOnly === undefined ? null : <Caption1 className={styles.quiet}>{readOnly}</Caption1>}
      {error ? <ErrorNote error={error} /> : null}
      <div className={styles.buttons}>
        {WAVE_CHECKS.map((which) => (
          <Button
            key={which}
            size="small"
            disabledFocusable={isOff || wave.tasks.length === 0}
            onClick={() => void runCheck(which)}
          >
            {CHECKS[which].label}
          </Button>
        ))}
        <GoButton
          wave={wave}
          isOff={isOff}
          onGone={(gone) => {
            setFound(undefined)
            props.onChanged(gone)
          }}
        />
      </div>
      {running === undefined ? null : <Spinner size="tiny" labelPosition="after" label={CHECKS[running].busy} />}
      {found === undefined ? null : <Found found={found} />}
      <section aria-label="Go or no go">
        <Subtitle2 as="h3">Go or no go</Subtitle2>
        <GateList gates={wave.gates} />
      </section>
      <section aria-label="Tasks of the wave">
        <Subtitle2 as="h3">Tasks</Subtitle2>
        <ul className={styles.list}>
          {wave.tasks.slice(0, SHOWN).map((task) => (
            <li key={task.taskId}>
              <Link as="button" onClick={() => openTask(task.taskId)}>
                {task.name}
              </Link>
              <Caption1 className={styles.quiet}>{`R${task.round}, last round takes: ${forecastOf(task)}`}</Caption1>
              {findingLines(task).map((line) => (
                <Caption1 key={line} className={styles.quiet}>
                  {line}
                </Caption1>
              ))}
            </li>
          ))}
        </ul>
        {wave.tasks.length > SHOWN ? <Caption1>{`… and ${wave.tasks.length - SHOWN} more.`}</Caption1> : null}
      </section>
      <section aria-label="To hand on">
        <Subtitle2 as="h3">To hand on</Subtitle2>
        <div className={styles.buttons}>
          <Button size="small" disabledFocusable={write.isBusy} onClick={() => void exportList('redirects')}>
            Redirect map
          </Button>
          <Button size="small" disabledFocusable={write.isBusy} onClick={() => void exportList('rollback')}>
            Rollback list
          </Button>
        </div>
        <Text role="status" className={styles.quiet}>
          {written ?? ''}
        </Text>
      </section>
      <div className={styles.buttons}>
        <WaveForm
          key={JSON.stringify([wave.tag, wave.plannedFor, wave.frozenFrom, wave.asked])}
          wave={wave}
          onSaved={props.onChanged}
          trigger={
            <Button size="small" icon={<EditRegular />} disabledFocusable={isOff}>
              Change…
            </Button>
          }
        />
        <Button
          size="small"
          icon={<DeleteRegular />}
          disabledFocusable={isOff || remove.isBusy}
          onClick={() => void remove.run({ name: wave.name }).then((gone) => gone && props.onRemoved())}
        >
          Remove (its tasks stay)
        </Button>
      </div>
    </SidePanel>
  )
}

export function StandingBadge({ wave }: { readonly wave: WaveView }) {
  if (wave.gone) return <Badge appearance="tint" color="brand">{`Begun ${formatMoment(wave.gone.at)}`}</Badge>
  return (
    <Badge appearance="tint" color={wave.isGo ? 'success' : 'danger'}>
      {wave.isGo ? 'Go' : 'No go'}
    </Badge>
  )
}

function Found({ found }: { readonly found: CommandResponse<'cutover.check'> & { readonly check: WaveCheck } }) {
  const styles = useStyles()
  const { findings, findingCount, errors } = found
  return (
    <section aria-label={`${CHECKS[found.check].label}: what was found`}>
      <Subtitle2 as="h3" block>{`${CHECKS[found.check].label}: what was found`}</Subtitle2>
      <Body1 role="status" block>
        {findingCount === 0 && errors.length === 0 ? 'Nothing: all is as it should be.' : formatCounted(findingCount, 'finding')}
      </Body1>
      {errors.map(({ taskName, error }) => (
        <ErrorNote key={taskName} title={`${taskName} could not be checked.`} error={error} />
      ))}
      <ul className={styles.list}>
        {findings.slice(0, SHOWN).map(({ taskName, result, path, detail }) => (
          <li key={`${taskName} ${result} ${path}`}>
            <Text block>{`${path} (${taskName}): ${result}`}</Text>
            <Caption1 className={styles.quiet}>{detail}</Caption1>
          </li>
        ))}
      </ul>
      {findingCount > SHOWN ? (
        <Caption1>{`… and ${findingCount - SHOWN} more; “portage wave reconcile --out” writes them all.`}</Caption1>
      ) : null}
    </section>
  )
}
