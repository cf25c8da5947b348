import {
  Body1,
  Button,
  Caption1,
  Card,
  Checkbox,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  ProgressBar,
  tokens,
} from '@fluentui/react-components'
import { ArrowLeftRegular, SettingsRegular } from '@fluentui/react-icons'
import { useEffect, useRef, useState } from 'react'
import type { TaskSchedule } from '../../../shared/domain/schedule.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { DEFAULT_RANK, isGroupName, RankFields } from '../schedule/RankFields.tsx'
import { ScheduleFields, scheduleProblem } from '../schedule/ScheduleFields.tsx'
import { ForecastCard } from './ForecastCard.tsx'
import { clashing, destinationOf, draftOf, tagsOf } from './plan.ts'
import { ReviewTable } from './ReviewTable.tsx'
import { TaskSettingsDialog } from './TaskSettingsDialog.tsx'

/** More are scanned on demand: a person who reviews thousands does not wait for them all. */
const SCANNED_BY_ITSELF = 25

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  card: { gap: tokens.spacingVerticalL },
  fields: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: tokens.spacingHorizontalL },
  tags: { flexGrow: 1, minWidth: '220px', maxWidth: '420px' },
  // Beside fields that have a label above them.
  button: { marginTop: '26px' },
  note: { marginTop: '34px', color: tokens.colorNeutralForeground2 },
  foot: {
    position: 'sticky',
    // Over the page's own margin, so that nothing shows below it.
    bottom: `calc(-1 * ${tokens.spacingVerticalL})`,
    zIndex: 1,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} 0`,
    backgroundColor: tokens.colorNeutralBackground2,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    // In a window of a few lines it would hide what it is about.
    '@media (max-height: 480px)': { position: 'static' },
  },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Is that what I mean, and what will it cost? Nothing has been written anywhere yet. */
export function ReviewStep(props: { readonly onBack: () => void; readonly onAdded: (names: readonly string[]) => void }) {
  const styles = useStyles()
  const { call } = useBridge()
  const pairs = useApp((state) => state.pairs)
  const changePair = useApp((state) => state.changePair)
  const removePairs = useApp((state) => state.removePairs)
  const add = useCommand('tasks.add')
  const scan = useCommand('scans.start')
  const [tags, setTags] = useState('')
  const [settings, setSettings] = useState<Partial<TaskSettings>>({})
  const [rank, setRank] = useState(DEFAULT_RANK)
  const [schedule, setSchedule] = useState<TaskSchedule>()
  const [isSetting, setIsSetting] = useState(false)
  const [addedCount, setAddedCount] = useState<number>()
  const isStopped = useRef(false)
  const clashes = clashing(pairs)

  const unscanned = pairs.filter(({ scanId }) => scanId === undefined)
  async function scanAll(): Promise<void> {
    const result = await scan.run({
      scans: unscanned.map((pair) => ({
        source: { kind: 'fileShare', path: pair.path },
        destination: destinationOf(pair),
        settings,
      })),
    })
    for (const [index, pair] of unscanned.entries()) changePair(pair.id, { scanId: result?.scans[index]?.id })
  }
  const hasBegun = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the step is opened
  useEffect(() => {
    if (hasBegun.current || unscanned.length === 0 || unscanned.length > SCANNED_BY_ITSELF) return
    hasBegun.current = true
    void scanAll()
  }, [])

  function changeSettings(next: Partial<TaskSettings>): void {
    setSettings(next)
    // A forecast of other settings is none.
    for (const { id } of pairs) changePair(id, { scanId: undefined })
  }

  async function addAll(): Promise<void> {
    isStopped.current = false
    const names: string[] = []
    for (const pair of pairs) {
      setAddedCount(names.length)
      if (isStopped.current) break
      const view = await add.run({ draft: draftOf(pair, { tags: tagsOf(tags), settings, rank, schedule }) })
      if (!view) break
      names.push(view.task.name)
      removePairs([pair.id])
    }
    setAddedCount(undefined)
    if (names.length === pairs.length) props.onAdded(names)
  }

  return (
    <div className={styles.root}>
      {add.error ? <ErrorNote title="Not all were added." error={add.error} /> : null}
      {scan.error ? <ErrorNote title="The scan did not start." error={scan.error} /> : null}
      {clashes.size > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {formatCounted(clashes.size, 'migration')} would mix their content in one place. Give them folders of their own, or go
            back and choose another place.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <ForecastCard
        pairs={pairs}
        unscannedCount={unscanned.length}
        onScan={() => void scanAll()}
        onCancel={(scanId) => void call('scans.cancel', { scanId })}
      />
      <ReviewTable pairs={pairs} clashes={clashes} />
      <Card className={styles.card}>
        <div className={styles.fields}>
          <Field label="Tags" hint="Separated by semicolons; for waves, owners, departments." className={styles.tags}>
            <Input value={tags} onChange={(_, { value }) => setTags(value)} placeholder="Wave 1; Finance" />
          </Field>
          <Button className={styles.button} icon={<SettingsRegular />} onClick={() => setIsSetting(true)}>
            Settings of these migrations…
          </Button>
          <Caption1 className={styles.note}>
            {Object.keys(settings).length === 0
              ? 'Project and product defaults.'
              : `${formatCounted(Object.keys(settings).length, 'setting')} of their own.`}
          </Caption1>
        </div>
        <div className={styles.fields}>
          <RankFields rank={rank} onChange={setRank} />
        </div>
        <ScheduleFields schedule={schedule} onChange={setSchedule} />
      </Card>
      {addedCount === undefined ? null : (
        <ProgressBar value={addedCount / Math.max(1, addedCount + pairs.length)} aria-label="Adding tasks" />
      )}
      <div className={styles.foot}>
        <Button icon={<ArrowLeftRegular />} disabled={add.isBusy} onClick={props.onBack}>
          Back
        </Button>
        {add.isBusy ? (
          <Button
            onClick={() => {
              isStopped.current = true
            }}
          >
            Stop adding
          </Button>
        ) : (
          <Button
            appearance="primary"
            disabled={pairs.length === 0 || !isGroupName(rank.group) || scheduleProblem(schedule) !== undefined}
            onClick={() => void addAll()}
          >
            Add {formatCounted(pairs.length, 'migration')}
          </Button>
        )}
        <Checkbox
          label="Scan only, and let me start them afterwards"
          checked={settings.isScanOnly === true}
          onChange={(_, { checked }) => {
            const { isScanOnly: _before, ...rest } = settings
            setSettings(checked === true ? { ...rest, isScanOnly: true } : rest)
          }}
        />
        <Body1 className={styles.quiet}>
          {schedule === undefined ? 'The first agent that is free begins.' : 'They wait for their start.'}
        </Body1>
      </div>
      {isSetting ? (
        <TaskSettingsDialog settings={settings} onChange={changeSettings} onClose={() => setIsSetting(false)} />
      ) : null}
    </div>
  )
}
