import { Body1, Body1Strong, Card, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { type FleetSummary, summarizeFleet } from '../../../shared/domain/fleet.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { useApp } from '../../store/store.ts'
import { progressOf } from '../../store/taskSlice.ts'
import { RateChart } from '../../ui/RateChart.tsx'
import { ActiveTasks } from './ActiveTasks.tsx'
import { Problems } from './Problems.tsx'
import { StatusCounts } from './StatusCounts.tsx'
import { Tiles } from './Tiles.tsx'

/** Summing up 50,000 tasks takes longer than a frame: once a second is as live as a person can read. */
const SUM_EVERY_MS = SECOND_MS

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(260px, 2fr)',
    gap: tokens.spacingHorizontalM,
    alignItems: 'start',
    '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  card: { gap: tokens.spacingVerticalM, flexShrink: 0 },
  side: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, minWidth: 0 },
})

/** The whole project live: how far, how fast, how long, and what needs a person. */
export function ProjectProgress() {
  const styles = useStyles()
  const summary = useSummary()
  const rates = useApp((state) => state.rates)
  const bottleneck = useApp((state) => state.fleet?.bottleneck)
  return (
    <>
      <Tiles summary={summary} />
      <div className={styles.columns}>
        <div className={styles.side}>
          <Card className={styles.card}>
            <Subtitle2 as="h2">Throughput</Subtitle2>
            <RateChart samples={rates} />
            {bottleneck ? (
              <Body1>
                <Body1Strong>What slows it most: </Body1Strong>
                {bottleneck.text}
              </Body1>
            ) : null}
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
