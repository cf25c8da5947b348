import { makeStyles, Title3, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXXL}`,
    height: '100%',
    boxSizing: 'border-box',
    minHeight: 0,
    overflowY: 'auto',
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalM,
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
})

export function Page({
  title,
  actions,
  children,
}: {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  const styles = useStyles()
  return (
    <main className={styles.root} aria-label={title}>
      <div className={styles.head}>
        <Title3 as="h1">{title}</Title3>
        <div className={styles.actions}>{actions}</div>
      </div>
      {children}
    </main>
  )
}
