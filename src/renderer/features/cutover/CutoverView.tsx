import { Button, Caption1, Link, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components'
import { AddRegular, ArrowClockwiseRegular, FlagRegular } from '@fluentui/react-icons'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { WaveView } from '../../../shared/contract/cutover.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatCount, formatMoment } from '../../format.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { useReadOnlyReason } from '../../useReadOnlyReason.ts'
import { standingOf } from './cutoverWords.ts'
import { RedirectSearch } from './RedirectSearch.tsx'
import { WaveForm } from './WaveForm.tsx'
import { StandingBadge, WavePanel } from './WavePanel.tsx'

const useStyles = makeStyles({
  line: { display: 'block', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** When do people move over, and may they? Waves with their gates, and where everything is afterwards. */
export function CutoverView() {
  const styles = useStyles()
  const read = useCommand('cutover.waves')
  const readOnly = useReadOnlyReason()
  const [waves, setWaves] = useState<readonly WaveView[]>()
  const [openName, setOpenName] = useState<string>()
  const { run } = read
  const refresh = useCallback(async () => {
    const answer = await run({})
    if (answer) setWaves(answer.waves)
  }, [run])
  useEffect(() => void refresh(), [refresh])

  const put = (wave: WaveView): void => {
    setWaves((before) => [...(before ?? []).filter(({ name }) => name !== wave.name), wave].sort(byDate))
    setOpenName(wave.name)
  }
  const columns = useMemo<readonly Column<WaveView>[]>(
    () => [
      {
        key: 'name',
        title: 'Wave',
        width: 'minmax(150px, 2fr)',
        cell: ({ name, tag }) => (
          <>
            <Link as="button" className={styles.line} onClick={() => setOpenName(name)}>
              {name}
            </Link>
            <Caption1 className={styles.quiet}>{`tag ${tag}`}</Caption1>
          </>
        ),
      },
      {
        key: 'standing',
        title: 'Go',
        width: 'minmax(170px, 2fr)',
        cell: (wave) => (
          <>
            <StandingBadge wave={wave} />
            <Caption1 className={styles.line}>{standingOf(wave)}</Caption1>
          </>
        ),
      },
      { key: 'tasks', title: 'Tasks', width: '90px', cell: ({ tasks }) => <Text>{formatCount(tasks.length)}</Text> },
      {
        key: 'date',
        title: 'Planned for',
        width: '170px',
        cell: ({ plannedFor }) => (
          <Text className={styles.line}>{plannedFor === undefined ? '—' : formatMoment(plannedFor)}</Text>
        ),
      },
    ],
    [styles],
  )
  const few = useMemo(() => columns.filter(({ key }) => key === 'name' || key === 'standing'), [columns])
  const open = waves?.find(({ name }) => name === openName)
  const addButton = (
    <Button appearance="primary" icon={<AddRegular />} disabledFocusable={readOnly !== undefined}>
      New wave
    </Button>
  )
  return (
    <Page
      title="Cutover"
      panel={
        open ? (
          <WavePanel
            key={open.name}
            wave={open}
            onChanged={put}
            onRemoved={() => {
              setOpenName(undefined)
              void refresh()
            }}
            onClose={() => setOpenName(undefined)}
          />
        ) : null
      }
      actions={
        <>
          <Button icon={<ArrowClockwiseRegular />} disabledFocusable={read.isBusy} onClick={() => void refresh()}>
            Refresh
          </Button>
          <WaveForm key={waves?.length ?? 0} onSaved={put} trigger={addButton} />
        </>
      }
    >
      {read.error ? <ErrorNote title="The waves cannot be read." error={read.error} /> : null}
      {waves === undefined ? (
        read.error ? null : (
          <Spinner label="Reading the waves" />
        )
      ) : waves.length === 0 ? (
        <EmptyState
          icon={<FlagRegular />}
          title="No waves yet"
          text="A wave is a tag: its tasks are cut over together, on one evening. It has a date and gates, is rehearsed, checked, begun and reconciled, and tells everybody afterwards where their files are."
        />
      ) : (
        <VirtualTable
          label="Waves"
          columns={open ? few : columns}
          rows={waves}
          rowKey={({ name }) => name}
          currentKey={openName}
          rowHeightPx={64}
          minWidthPx={open ? 340 : 620}
        />
      )}
      <RedirectSearch />
    </Page>
  )
}

/** Those without a date come last. */
const whenOf = ({ plannedFor }: WaveView): number => (plannedFor === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(plannedFor))

const byDate = (a: WaveView, b: WaveView): number => whenOf(a) - whenOf(b) || a.name.localeCompare(b.name)
