import { Body1, Card, makeStyles, mergeClasses, Subtitle1, tokens } from '@fluentui/react-components'
import { CheckmarkCircleFilled, CircleRegular, RadioButtonFilled } from '@fluentui/react-icons'
import type { ReactNode } from 'react'
import { STEPS, type StepName } from './useSetup.ts'

const useStyles = makeStyles({
  root: { flexGrow: 1, overflowY: 'auto', display: 'flex', justifyContent: 'center', padding: tokens.spacingHorizontalXXL },
  frame: {
    display: 'grid',
    gridTemplateColumns: '200px minmax(0, 1fr)',
    gap: tokens.spacingHorizontalXXL,
    width: '100%',
    maxWidth: '980px',
    alignContent: 'start',
    '@media (max-width: 760px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  steps: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  step: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS, color: tokens.colorNeutralForeground2 },
  now: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
  done: { color: tokens.colorStatusSuccessForeground1 },
  icon: { fontSize: '20px', lineHeight: 0 },
  card: { padding: tokens.spacingHorizontalXL, gap: tokens.spacingVerticalL },
  foot: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** One step of the first run: where it is among the others, what it is for, its content, its way on. */
export function WizardFrame(props: {
  readonly step: StepName
  readonly title: string
  readonly about: string
  readonly children: ReactNode
  readonly foot: ReactNode
}) {
  const styles = useStyles()
  const at = STEPS.findIndex(({ name }) => name === props.step)
  return (
    <main className={styles.root} aria-label="Set up Portage">
      <div className={styles.frame}>
        <nav aria-label="Steps">
          <ol className={styles.steps}>
            {STEPS.map(({ name, label }, index) => (
              <li
                key={name}
                className={mergeClasses(styles.step, index === at && styles.now)}
                aria-current={index === at ? 'step' : undefined}
              >
                <span className={mergeClasses(styles.icon, index < at && styles.done)} aria-hidden>
                  {index < at ? <CheckmarkCircleFilled /> : index === at ? <RadioButtonFilled /> : <CircleRegular />}
                </span>
                {label}
              </li>
            ))}
          </ol>
        </nav>
        <Card className={styles.card}>
          <Subtitle1 as="h1">{props.title}</Subtitle1>
          <Body1 className={styles.quiet}>{props.about}</Body1>
          {props.children}
          <div className={styles.foot}>{props.foot}</div>
        </Card>
      </div>
    </main>
  )
}
