import { Body1, Card, makeStyles, ProgressBar, Subtitle2, tokens } from '@fluentui/react-components'
import type { FleetSummary } from '../../../shared/domain/fleet.ts'
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatMoment,
  formatPercent,
  formatRate,
  formatTimeLeft,
  formatTimeRange,
} from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { StatTile } from '../../ui/StatTile.tsx'

const useStyles = makeStyles({
  tiles: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(170px, 1fr))',
    gap: tokens.spacingHorizontalM,
    flexShrink: 0,
  },
  card: { gap: tokens.spacingVerticalM, flexShrink: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** How far the project is, in five numbers. */
export function Tiles({ summary }: { readonly summary: FleetSummary }) {
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
        <TimeLeft summary={summary} />
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

/** A range where the fleet could be forecast, else what the running tasks say of themselves. */
function TimeLeft({ summary }: { readonly summary: FleetSummary }) {
  const eta = useApp((state) => state.fleet?.eta)
  const isOpen = summary.byStatus.inProgress + summary.byStatus.queued > 0
  if (eta && isOpen) {
    const unknown = eta.unknownTasks === 0 ? '' : `; ${formatCounted(eta.unknownTasks, 'task')} not scanned yet`
    return (
      <StatTile
        label="Time left"
        value={formatTimeRange(eta.p50Ms, eta.p90Ms)}
        note={`even chance to 90 %, done by ${formatMoment(new Date(Date.now() + eta.p90Ms).toISOString())}${unknown}`}
      />
    )
  }
  const isMoving = summary.byStatus.inProgress > 0
  return (
    <StatTile
      label="Time left"
      value={summary.etaMs === undefined ? '—' : formatTimeLeft(summary.etaMs)}
      note={summary.etaMs === undefined ? (isMoving ? 'still measuring' : 'nothing is running') : 'for the tasks in progress'}
    />
  )
}
