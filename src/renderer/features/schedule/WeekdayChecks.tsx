import { Checkbox, makeStyles } from '@fluentui/react-components'
import { WEEKDAYS, type Weekday } from '../../../shared/domain/schedule.ts'

const LABELS = {
  mon: ['Mon', 'Monday'],
  tue: ['Tue', 'Tuesday'],
  wed: ['Wed', 'Wednesday'],
  thu: ['Thu', 'Thursday'],
  fri: ['Fri', 'Friday'],
  sat: ['Sat', 'Saturday'],
  sun: ['Sun', 'Sunday'],
} as const satisfies Record<Weekday, readonly [string, string]>

const useStyles = makeStyles({ root: { display: 'flex', flexWrap: 'wrap', border: 'none', margin: 0, padding: 0 } })

export function WeekdayChecks(props: {
  readonly label: string
  readonly value: readonly Weekday[]
  readonly isReadOnly?: boolean
  readonly onChange: (weekdays: Weekday[]) => void
}) {
  const styles = useStyles()
  return (
    <fieldset className={styles.root} aria-label={props.label}>
      {WEEKDAYS.map((day) => (
        <Checkbox
          key={day}
          label={LABELS[day][0]}
          aria-label={LABELS[day][1]}
          disabled={props.isReadOnly === true}
          checked={props.value.includes(day)}
          onChange={(_, { checked }) =>
            props.onChange(WEEKDAYS.filter((other) => (other === day ? checked === true : props.value.includes(other))))
          }
        />
      ))}
    </fieldset>
  )
}
