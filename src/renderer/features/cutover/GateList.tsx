import { Badge, type BadgeProps, Caption1, makeStyles, Text, tokens } from '@fluentui/react-components'
import { CheckmarkCircleFilled, CircleRegular, DismissCircleFilled, QuestionCircleFilled } from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { GateResult } from '../../../shared/domain/wave.ts'
import { GATE_LABELS, GATE_STATES } from './cutoverWords.ts'

const LOOKS = {
  met: { color: 'success', icon: <CheckmarkCircleFilled /> },
  notMet: { color: 'danger', icon: <DismissCircleFilled /> },
  unknown: { color: 'warning', icon: <QuestionCircleFilled /> },
  notAsked: { color: 'informative', icon: <CircleRegular /> },
} as const satisfies Record<GateResult['state'], { readonly color: BadgeProps['color']; readonly icon: ReactElement }>

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  text: { display: 'block', overflowWrap: 'anywhere', color: tokens.colorNeutralForeground2 },
})

/** The go/no-go list: each gate with its state, the reason, and what to do about it. */
export function GateList({ gates }: { readonly gates: readonly GateResult[] }) {
  const styles = useStyles()
  return (
    <ul className={styles.list} aria-label="Gates">
      {gates.map(({ gate, state, detail, fix }) => (
        <li key={gate}>
          <span className={styles.head}>
            <Text weight="semibold">{GATE_LABELS[gate]}</Text>
            <Badge appearance="tint" color={LOOKS[state].color} icon={LOOKS[state].icon}>
              {GATE_STATES[state]}
            </Badge>
          </span>
          <Caption1 className={styles.text}>{detail}</Caption1>
          {fix === undefined ? null : <Caption1 className={styles.text}>What to do: {fix}</Caption1>}
        </li>
      ))}
    </ul>
  )
}
