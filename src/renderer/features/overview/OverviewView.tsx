import {
  Body1,
  Button,
  Card,
  makeStyles,
  ProgressBar,
  Skeleton,
  SkeletonItem,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { AddRegular, FolderArrowUpRegular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type FleetSummary, summarizeFleet } from '../../../shared/domain/fleet.ts'
import { formatBytes, formatCount, formatCounted, formatPercent, formatRate, formatTimeLeft } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Page } from '../../ui/Page.tsx'
import { StatTile } from '../../ui/StatTile.tsx'
import { ActiveTasks } from './ActiveTasks.tsx'
import { Problems } from './Problems.tsx'
import { StatusCounts } from './StatusCounts.tsx'

const useStyles = makeStyles({
  tiles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(170px, 1fr))', gap: tokens.spacingHorizontalM },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(260px, 2fr)',
    gap: tokens.spacingHorizontalM,
    alignItems: 'start',
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  card: { gap: tokens.spacingVerticalM, flexShrink: 0 },
  side: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** How far is the whole project, and is anything wrong? */
export function OverviewView() {
  const openView = useApp((state) => state.openView)
  const { tasks, samples, listState, order } = useApp(
    useShallow(({ tasks: rows, samples: latest, listState: read, order: ids }) => ({
      tasks: rows,
      samples: latest,
      listState: read,
      order: ids,
    })),
  )
  const summary = useMemo(
    () =>
      summarizeFleet(
        Object.values(tasks).map(({ task, status, owner }) => ({
          status,
          owner,
          progress: progressOf({ tasks, samples }, task.id),
        })),
      ),
    [tasks, samples],
  )
  const create = (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => openView('create')}>
      Create a migration
    </Button>
  )
  if (listState === 'unread') return <OverviewSkeleton />
  if (order.length === 0 && listState === 'read') {
    return (
      <Page title="Overview">
        <EmptyState
          icon={<FolderArrowUpRegular />}
          title="No migrations yet"
          text="Name a folder and where it should go. Portage scans it first, tells you what it found, copies it, and proves that every file arrived."
        >
          {create}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page title="Overview" actions={create}>
      <Tiles summary={summary} />
      <Columns summary={summary} />
    </Page>
  )
}

function Tiles({ summary }: { readonly summary: FleetSummary }) {
  const styles = useStyles()
  const isMoving = summary.byStatus.inProgress > 0
  const of = summary.isWholeKnown ? 'of' : 'of at least'
  const fraction = summary.knownFiles === 0 ? 0 : Math.min(1, (summary.uploadedFiles + summary.failedFiles) / summary.knownFiles)
  return (
    <>
      <Card className={styles.card}>
        <Subtitle2 as="h2">Whole project</Subtitle2>
        <ProgressBar
          thickness="large"
          value={fraction}
          color={fraction < 1 ? 'brand' : summary.failedFiles > 0 ? 'warning' : 'success'}
          aria-label="Whole project"
          aria-valuetext={`${formatPercent(fraction)} of the files known so far`}
        />
        <Body1 className={styles.quiet}>
          {formatPercent(fraction)} of the files known so far
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
          note={summary.failedFiles === 0 ? 'none' : 'see the reports'}
          isBad={summary.failedFiles > 0}
        />
      </div>
    </>
  )
}

function Columns({ summary }: { readonly summary: FleetSummary }) {
  const styles = useStyles()
  return (
    <div className={styles.columns}>
      <ActiveTasks />
      <div className={styles.side}>
        <StatusCounts summary={summary} />
        <Problems />
      </div>
    </div>
  )
}

function OverviewSkeleton() {
  const styles = useStyles()
  return (
    <Page title="Overview">
      <Skeleton aria-label="Reading the task list" className={styles.tiles}>
        {['files', 'data', 'speed', 'time', 'failed'].map((tile) => (
          <SkeletonItem key={tile} size={96} />
        ))}
      </Skeleton>
      <Skeleton aria-hidden>
        <SkeletonItem size={128} />
      </Skeleton>
    </Page>
  )
}
