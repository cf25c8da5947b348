import {
  Badge,
  Body1,
  Body1Strong,
  Button,
  Caption1,
  makeStyles,
  mergeClasses,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import { ArrowRepeatAllRegular, CheckmarkCircleRegular } from '@fluentui/react-icons'
import type { RoundView } from '../../../shared/contract/taskDetail.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import { formatCounted } from '../../format.ts'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  cause: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    paddingTop: tokens.spacingVerticalS,
  },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: tokens.spacingHorizontalS },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalS, flexWrap: 'wrap' },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  examples: {
    display: '-webkit-box',
    WebkitLineClamp: 2,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
    flexShrink: 0,
  },
  good: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS, color: tokens.colorStatusSuccessForeground1 },
})

/** What was left behind, by reason: how much, what to do, and the one click that tries again. */
export function Causes(props: {
  readonly round: RoundView
  readonly onRetry: ((code: ErrorCode) => void) | undefined
  readonly onShow: (code: ErrorCode) => void
}) {
  const styles = useStyles()
  const { round } = props
  const isOver = round.status !== undefined && round.status !== 'inProgress' && round.status !== 'paused'
  if (round.causes.length === 0) {
    return isOver && round.failedItems === 0 ? (
      <div className={styles.good}>
        <CheckmarkCircleRegular aria-hidden />
        <Body1>Nothing was left behind.</Body1>
      </div>
    ) : null
  }
  return (
    <section aria-label="Left behind, by reason">
      <Subtitle2 as="h3" block>
        Left behind, by reason
      </Subtitle2>
      <Caption1 block className={styles.quiet}>
        Trying a reason again starts a round for its items and for what is new; the others keep their reason. “Run again” above
        compares everything.
      </Caption1>
      <ul className={styles.list}>
        {round.causes.map((cause) => (
          <li key={cause.code} className={styles.cause}>
            <div className={styles.head}>
              <Body1Strong>{cause.title}</Body1Strong>
              <Badge appearance="tint" color={cause.isPassing ? 'informative' : 'warning'}>
                {formatCounted(cause.itemCount, 'item')}
              </Badge>
            </div>
            <Body1>{cause.isPassing ? `It may have passed by now. ${cause.fix}` : cause.fix}</Body1>
            <Caption1 className={mergeClasses(styles.quiet, styles.examples)}>
              {cause.examples.map(({ path }) => path).join(' · ')}
            </Caption1>
            <div className={styles.buttons}>
              <Button size="small" onClick={() => props.onShow(cause.code)} aria-label={`Show items: ${cause.title}`}>
                Show items
              </Button>
              {props.onRetry ? (
                <Button
                  size="small"
                  icon={<ArrowRepeatAllRegular />}
                  onClick={() => props.onRetry?.(cause.code)}
                  aria-label={`Try again: ${cause.title}`}
                >
                  {cause.isPassing ? 'Try again' : 'Fixed: try again'}
                </Button>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
