import { Body1, Button, Caption1, Card, makeStyles, ProgressBar, Subtitle2, tokens } from '@fluentui/react-components'
import { useShallow } from 'zustand/react/shallow'
import { forecastOf } from '../../../shared/domain/forecast.ts'
import { formatBytes, formatCount, formatCounted, formatTimeLeft } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { StatTile } from '../../ui/StatTile.tsx'
import type { Pair } from './plan.ts'

const useStyles = makeStyles({
  card: { gap: tokens.spacingVerticalM, flexShrink: 0 },
  head: { display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: tokens.spacingHorizontalM },
  tiles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))', gap: tokens.spacingHorizontalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** The whole plan in numbers, as far as it is scanned. */
export function ForecastCard(props: {
  readonly pairs: readonly Pair[]
  readonly unscannedCount: number
  readonly onScan: () => void
  readonly onCancel: (scanId: string) => void
}) {
  const styles = useStyles()
  const { pairs, unscannedCount } = props
  const scans = useApp(
    useShallow((state) => pairs.flatMap(({ scanId }) => (scanId === undefined ? [] : (state.scans[scanId] ?? [])))),
  )
  const done = scans.filter(({ state }) => state === 'done')
  const running = scans.filter(({ state }) => state === 'running' || state === 'waiting')
  const sum = (of: (scan: (typeof scans)[number]) => number | undefined) =>
    scans.reduce((total, scan) => total + (of(scan) ?? 0), 0)
  const files = sum((scan) => (scan.state === 'done' ? scan.travels : scan.files))
  const bytes = sum((scan) => (scan.state === 'done' ? scan.travelBytes : scan.bytes))
  const { resourceUnits, shortestMs, longestMs } = forecastOf({ files, bytes })
  const isWhole = done.length === pairs.length
  const atLeast = isWhole ? '' : 'at least '
  return (
    <Card className={styles.card}>
      <div className={styles.head}>
        <Subtitle2 as="h2">Forecast</Subtitle2>
        {running.length > 0 ? (
          <Button size="small" onClick={() => running.forEach(({ id }) => void props.onCancel(id))}>
            Stop scanning
          </Button>
        ) : unscannedCount > 0 ? (
          <Button size="small" onClick={props.onScan}>
            Scan {formatCounted(unscannedCount, 'source')}
          </Button>
        ) : null}
      </div>
      {running.length > 0 ? (
        <>
          <ProgressBar value={done.length / pairs.length} aria-label="Scanning" />
          <Caption1 className={styles.quiet} role="status">
            Scanning: {formatCount(done.length)} of {formatCounted(pairs.length, 'source')}, {formatCount(files)} files so far.
            Only names and sizes are read.
          </Caption1>
        </>
      ) : null}
      {scans.length === 0 ? (
        <Body1 className={styles.quiet}>Nothing is scanned yet. A scan reads names and sizes and writes nothing.</Body1>
      ) : (
        <div className={styles.tiles}>
          <StatTile label="Files that travel" value={formatCount(files)} note={`${atLeast}${formatBytes(bytes)}`} />
          <StatTile label="New names" value={formatCount(sum((scan) => scan.renamed))} note="SharePoint refuses the old ones" />
          <StatTile
            label="Stay behind"
            value={formatCount(sum((scan) => scan.blocked))}
            note="see the issues below"
            isBad={sum((scan) => scan.blocked) > 0}
          />
          <StatTile label="Requests" value={`${formatCount(resourceUnits)} RU`} note="of the tenant's budget, measured cost" />
          <StatTile
            label="Time on one agent"
            value={longestMs === 0 ? '—' : `${formatTimeLeft(longestMs)}`}
            note={longestMs === 0 ? '' : `on a working day; ${formatTimeLeft(shortestMs)} at best`}
          />
        </div>
      )}
    </Card>
  )
}
