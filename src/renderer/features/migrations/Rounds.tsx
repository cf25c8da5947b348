import { Body1, Body1Strong, Caption1, makeStyles, tokens } from '@fluentui/react-components'
import type { RoundView } from '../../../shared/contract/taskDetail.ts'
import { formatBytes, formatCount, formatCounted, formatDuration, formatMoment } from '../../format.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  round: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    paddingTop: tokens.spacingVerticalS,
  },
  head: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: tokens.spacingHorizontalL, margin: 0 },
  fact: { margin: 0, fontVariantNumeric: 'tabular-nums' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** R0 and its reruns, newest first: what each did, and what proves it. */
export function Rounds({ rounds }: { readonly rounds: readonly RoundView[] }) {
  const styles = useStyles()
  if (rounds.length === 0) return <Body1 className={styles.quiet}>This install has no journal of this task yet.</Body1>
  return (
    <ol className={styles.list} aria-label="Rounds">
      {rounds.map((round) => (
        <li key={round.round} className={styles.round}>
          <div className={styles.head}>
            <Body1Strong>R{round.round}</Body1Strong>
            {round.status ? <StatusBadge status={round.status} /> : null}
          </div>
          <Caption1 className={styles.quiet}>
            {round.startedAt === undefined ? '' : formatMoment(round.startedAt)}
            {round.workedMs > 0 ? ` · worked for ${formatDuration(round.workedMs)}` : ''}
            {round.agentName === undefined ? '' : ` · agent ${round.agentName}`}
          </Caption1>
          <dl className={styles.facts}>
            {factsOf(round).map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </li>
      ))}
    </ol>
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

function factsOf(round: RoundView): readonly (readonly [string, string])[] {
  const { receipts, routes } = round
  return [
    ['Found', `${formatCounted(round.foundFiles, 'file')}, ${formatBytes(round.foundBytes)}`],
    ['Sent and proven', `${formatCounted(round.migratedFiles, 'file')}, ${formatBytes(round.migratedBytes)}`],
    ['There already', formatCounted(round.unchangedFiles + round.earlierFiles, 'file')],
    ['Failed', formatCounted(round.failedItems, 'item')],
    ['Left out', formatCounted(round.skippedItems - round.unchangedFiles + round.filteredItems - round.earlierFiles, 'item')],
    [
      'Receipts',
      `${formatCount(receipts.exact)} exact, ${formatCount(receipts.rewritten)} rewritten, ${formatCount(receipts.different)} different, ${formatCount(receipts.unverifiable)} unverifiable`,
    ],
    ['Ways', `${formatCount(routes.session)} by session, ${formatCount(routes.package)} in packages`],
    ['Requests', `${formatCount(Math.round(round.resourceUnits))} RU`],
  ]
}
