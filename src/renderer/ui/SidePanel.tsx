import { Button, makeStyles, Subtitle1, tokens } from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import { type ReactNode, useEffect, useRef } from 'react'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    width: 'min(560px, 48%)',
    minWidth: '340px',
    flexShrink: 0,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
    '@media (max-width: 900px)': {
      position: 'absolute',
      inset: 0,
      width: 'auto',
      minWidth: 0,
      zIndex: 2,
      borderLeft: 'none',
    },
  },
  head: {
    display: 'flex',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalL} ${tokens.spacingVerticalS}`,
  },
  title: {
    minWidth: 0,
    overflowWrap: 'anywhere',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalXS,
  },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflowY: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    '& > *': { flexShrink: 0 },
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalL}`,
  },
})

/** Details beside the list that they belong to; Escape closes it, and the focus goes back to where it was. */
export function SidePanel(props: {
  readonly title: string
  readonly below?: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const styles = useStyles()
  const root = useRef<HTMLElement>(null)
  useEffect(() => {
    const before = document.activeElement
    root.current?.querySelector('button')?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <aside
      ref={root}
      className={styles.root}
      aria-label={props.title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) props.onClose()
      }}
    >
      <div className={styles.head}>
        <div className={styles.title}>
          <Subtitle1 as="h2">{props.title}</Subtitle1>
          {props.below}
        </div>
        <Button appearance="subtle" icon={<DismissRegular />} aria-label="Close details" onClick={props.onClose} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section className={styles.body} tabIndex={0} aria-label={`Details of ${props.title}`}>
        {props.children}
      </section>
    </aside>
  )
}
