import { Caption1, makeStyles, tokens } from '@fluentui/react-components'
import { formatMoment, formatRate } from '../format.ts'

const WIDTH = 600
const HEIGHT = 120

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS, margin: 0 },
  chart: { width: '100%', height: '120px', display: 'block' },
  grid: { stroke: tokens.colorNeutralStroke3, strokeWidth: 1 },
  area: { fill: tokens.colorBrandBackground2 },
  line: { fill: 'none', stroke: tokens.colorBrandStroke1, strokeWidth: 2, vectorEffect: 'non-scaling-stroke' },
  scale: { display: 'flex', justifyContent: 'space-between', color: tokens.colorNeutralForeground2 },
})

/** Throughput over time as one area; the sentence for people who do not see it says the same. */
export function RateChart({
  samples,
}: {
  readonly samples: readonly { readonly atMs: number; readonly bytesPerSecond: number }[]
}) {
  const styles = useStyles()
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || samples.length < 2) return <Caption1>The chart begins with the next samples.</Caption1>
  const most = Math.max(...samples.map(({ bytesPerSecond }) => bytesPerSecond))
  if (most === 0) return <Caption1>Nothing has moved since {formatMoment(new Date(first.atMs).toISOString())}.</Caption1>
  const spanMs = Math.max(1, last.atMs - first.atMs)
  const points = samples.map(({ atMs, bytesPerSecond }) => {
    const x = ((atMs - first.atMs) / spanMs) * WIDTH
    const y = HEIGHT - (bytesPerSecond / most) * (HEIGHT - 8)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  const from = formatMoment(new Date(first.atMs).toISOString())
  return (
    <figure className={styles.root}>
      <Caption1 className={styles.scale}>
        <span>up to {formatRate(most)}</span>
      </Caption1>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Throughput since ${from}: now ${formatRate(last.bytesPerSecond)}, at most ${formatRate(most)}`}
      >
        {[0.25, 0.5, 0.75, 1].map((part) => (
          <line key={part} className={styles.grid} x1={0} x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
        ))}
        <polygon className={styles.area} points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
        <polyline className={styles.line} points={points.join(' ')} />
      </svg>
      <Caption1 className={styles.scale}>
        <span>{from}</span>
        <span>now</span>
      </Caption1>
    </figure>
  )
}
