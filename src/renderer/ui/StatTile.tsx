import { Caption1, Card, makeStyles, mergeClasses, Title3, tokens } from '@fluentui/react-components'

const useStyles = makeStyles({
  root: { gap: tokens.spacingVerticalXXS },
  quiet: { color: tokens.colorNeutralForeground2 },
  value: { fontVariantNumeric: 'tabular-nums' },
  bad: { color: tokens.colorStatusDangerForeground1 },
})

/** One number with its name and what it is a part of. */
export function StatTile(props: {
  readonly label: string
  readonly value: string
  readonly note: string
  readonly isBad?: boolean
}) {
  const styles = useStyles()
  return (
    <Card className={styles.root}>
      <Caption1 className={styles.quiet}>{props.label}</Caption1>
      <Title3 as="p" block className={mergeClasses(styles.value, props.isBad === true && styles.bad)}>
        {props.value}
      </Title3>
      <Caption1 className={styles.quiet}>{props.note}</Caption1>
    </Card>
  )
}
