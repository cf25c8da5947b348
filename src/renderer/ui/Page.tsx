import { makeStyles, mergeClasses, Title3, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  frame: { display: 'flex', height: '100%', minHeight: 0, position: 'relative' },
  root: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minWidth: 0,
    gap: tokens.spacingVerticalM,
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
    flexShrink: 0,
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
})

export function Page({
  title,
  actions,
  panel,
  className,
  children,
}: {
  readonly title: string
  readonly actions?: ReactNode
  /** Details beside the page. */
  readonly panel?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}) {
  const styles = useStyles()
  return (
    <div className={styles.frame}>
      <main className={mergeClasses(styles.root, className)} aria-label={title}>
        <div className={styles.head}>
          <Title3 as="h1">{title}</Title3>
          <div className={styles.actions}>{actions}</div>
        </div>
        {children}
      </main>
      {panel}
    </div>
  )
}
