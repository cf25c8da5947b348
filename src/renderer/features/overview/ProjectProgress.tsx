import { Body1, Card, makeStyles, ProgressBar, Subtitle2, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { type FleetSummary, summarizeFleet } from '../../../shared/domain/fleet.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { formatBytes, formatCount, formatCounted, formatPercent, formatRate, formatTimeLeft } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { RateChart } from '../../ui/RateChart.tsx'
import { StatTile } from '../../ui/StatTile.tsx'
import { ActiveTasks } from './ActiveTasks.tsx'
import { Problems } from './Problems.tsx'
import { StatusCounts } from './StatusCounts.tsx'

/** Summing up 50,000 tasks takes longer than a frame: once a second is as live as a person can read. */
const SUM_EVERY_MS = SECOND_MS

const useStyles = makeStyles({
  tiles: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(170px, 1fr))',
    gap: tokens.spacingHorizontalM,
    flexShrink: 0,
  },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(260px, 2fr)',
    gap: tokens.spacingHorizontalM,
    alignItems: 'start',
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  card: { gap: tokens.spacingVerticalM, flexShrink: 0 },
  side: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** The whole project live: how far, how fast, how long, and what needs a person. */
export function ProjectProgress() {
  const styles = useStyles()
  const summary = useSummary()
  const rates = useApp((state) => state.rates)
  return (
    <>
      <Tiles summary={summary} />
      <div className={styles.columns}>
        <div className={styles.side}>
          <Card className={styles.card}>
            <Subtitle2 as="h2">Throughput</Subtitle2>
            <RateChart samples={rates} />
          </Card>
          <ActiveTasks />
        </div>
        <div className={styles.side}>
          <StatusCounts summary={summary} />
          <Problems />
        </div>
      </div>
    </>
  )
}

function useSummary(): FleetSummary {
  const [summary, setSummary] = useState(summaryNow)
  useEffect(() => {
    let summed = useApp.getState()
    const again = setInterval(() => {
      const state = useApp.getState()
      if (state.tasks === summed.tasks && state.samples === summed.samples) return
      summed = state
      setSummary(summaryNow())
    }, SUM_EVERY_MS)
    return () => clearInterval(again)
  }, [])
  return summary
}

function summaryNow(): FleetSummary {
  const state = useApp.getState()
  return summarizeFleet(
    Object.values(state.tasks).map(({ task, status, owner }) => ({ status, owner, progress: progressOf(state, task.id) })),
  )
}

function Tiles({ summary }: { readonly summary: FleetSummary }) {
  const styles = useStyles()
  const isMoving = summary.byStatus.inProgress > 0
  const of = summary.isWholeKnown ? 'of' : 'of at least'
  const fraction = summary.knownFiles === 0 ? 0 : Math.min(1, summary.uploadedFiles / summary.knownFiles)
  return (
    <>
      <Card className={styles.card}>
        <Subtitle2 as="h2">Whole project</Subtitle2>
        <ProgressBar
          thickness="large"
          value={fraction}
          color={summary.failedFiles > 0 && !isMoving ? 'warning' : fraction < 1 ? 'brand' : 'success'}
          aria-label="Whole project"
          aria-valuetext={`${formatPercent(fraction)} of the files known so far`}
        />
        <Body1 className={styles.quiet}>
          {formatPercent(fraction)} of the files known so far
          {summary.failedFiles > 0 ? `, ${formatCount(summary.failedFiles)} failed` : ''}
          {summary.isWholeKnown ? '' : '; tasks that are not scanned yet will add more'}
        </Body1>
      </Card>
      <div className={styles.tiles}>
        <StatTile
          label="Files copied"
          value={formatCount(summary.uploadedFiles)}
          note={`${of} ${formatCount(summary.knownFiles)}, ${formatCount(summary.migratedFiles)} proven`}
        />
        <StatTile
          label="Data copied"
          value={formatBytes(summary.uploadedBytes)}
          note={`${of} ${formatBytes(summary.knownBytes)}`}
        />
        <StatTile
          label="Speed now"
          value={isMoving ? formatRate(summary.bytesPerSecond) : 'idle'}
          note={
            isMoving
              ? `${formatCount(Math.round(summary.filesPerSecond))} files/s on ${formatCounted(summary.workingAgents, 'agent')}`
              : 'no task in progress'
          }
        />
        <StatTile
          label="Time left"
          value={summary.etaMs === undefined ? '—' : formatTimeLeft(summary.etaMs)}
          note={summary.etaMs === undefined ? (isMoving ? 'still measuring' : 'nothing is running') : 'for the tasks in progress'}
        />
        <StatTile
          label="Files failed"
          value={formatCount(summary.failedFiles)}
          note={summary.failedFiles === 0 ? 'none' : 'reasons in the details'}
          isBad={summary.failedFiles > 0}
        />
      </div>
    </>
  )
}
