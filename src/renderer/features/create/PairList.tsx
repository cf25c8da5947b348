import { Body1, Button, Caption1, Card, makeStyles, mergeClasses, Subtitle2, tokens } from '@fluentui/react-components'
import { ArrowRightRegular, DismissRegular } from '@fluentui/react-icons'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalS, flexShrink: 0 },
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalM,
  },
  list: { listStyleType: 'none', margin: 0, padding: 0, maxHeight: '168px', overflowY: 'auto' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    minHeight: '40px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  line: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalS },
})

/** What was paired so far. Nothing runs before it was reviewed. */
export function PairList({ onReview }: { readonly onReview: () => void }) {
  const styles = useStyles()
  const pairs = useApp((state) => state.pairs)
  const removePairs = useApp((state) => state.removePairs)
  return (
    <Card className={styles.card}>
      <div className={styles.head}>
        <Subtitle2 as="h2">{pairs.length === 0 ? 'Migrations' : formatCounted(pairs.length, 'migration')}</Subtitle2>
        <div className={styles.buttons}>
          {pairs.length > 0 ? (
            <Button appearance="subtle" onClick={() => removePairs(pairs.map(({ id }) => id))}>
              Remove all
            </Button>
          ) : null}
          <Button appearance="primary" disabled={pairs.length === 0} onClick={onReview}>
            Review
          </Button>
        </div>
      </div>
      {pairs.length === 0 ? (
        <Body1 className={styles.quiet}>
          Drag a folder onto a library, a OneDrive or a channel. By keyboard: select folders with Space, then press Enter on the
          destination.
        </Body1>
      ) : (
        <ul className={styles.list} aria-label="Planned migrations">
          {pairs.map((pair) => (
            <li key={pair.id} className={styles.row}>
              <span className={styles.line} title={pair.path}>
                {pair.path}
              </span>
              <ArrowRightRegular aria-label="to" />
              <span className={styles.line} title={pair.ontoTitle}>
                {pair.ontoTitle}
                {pair.hasOwnFolder ? <Caption1 className={mergeClasses(styles.quiet)}> ▸ own folder</Caption1> : null}
              </span>
              <Button
                size="small"
                appearance="subtle"
                icon={<DismissRegular />}
                aria-label={`Remove ${pair.path}`}
                onClick={() => removePairs([pair.id])}
              />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
