import { Body1, makeStyles, Subtitle1, tokens } from '@fluentui/react-components'
import type { ReactElement, ReactNode } from 'react'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: tokens.spacingVerticalM,
    padding: tokens.spacingVerticalXXXL,
    textAlign: 'center',
    flexGrow: 1,
  },
  icon: { fontSize: '48px', color: tokens.colorNeutralForeground3, lineHeight: 1 },
  text: { maxWidth: '52ch', textAlign: 'center', color: tokens.colorNeutralForeground2 },
})

/** A screen with nothing on it says what will be here and how to begin. */
export function EmptyState(props: {
  readonly icon: ReactElement
  readonly title: string
  readonly text: string
  readonly children?: ReactNode
}) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <span className={styles.icon} aria-hidden>
        {props.icon}
      </span>
      <Subtitle1 as="h2">{props.title}</Subtitle1>
      <Body1 className={styles.text}>{props.text}</Body1>
      {props.children}
    </div>
  )
}
