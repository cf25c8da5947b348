import { Field, Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import type { TimeWindow } from '../../../shared/domain/schedule.ts'
import { WeekdayChecks } from '../schedule/WeekdayChecks.tsx'

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: tokens.spacingHorizontalM },
  name: { minWidth: '140px', flexGrow: 1, maxWidth: '240px' },
})

export const OFFICE_HOURS: TimeWindow = {
  kind: 'weekly',
  name: 'Office hours',
  weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '18:00',
}

/** A part of the week that comes again, or one stretch of the calendar. `label` tells several apart. */
export function WindowFields(props: {
  readonly label: string
  readonly value: TimeWindow
  readonly isReadOnly: boolean
  readonly onChange: (window: TimeWindow) => void
}) {
  const styles = useStyles()
  const { label, value, isReadOnly, onChange } = props
  const name = value.name === undefined ? {} : { name: value.name }

  function changeKind(kind: string): void {
    if (kind === 'weekly') onChange({ ...OFFICE_HOURS, ...name })
    else {
      const day = new Date().toISOString().slice(0, 10)
      onChange({ kind: 'dated', ...name, from: `${day}T00:00`, to: `${day}T23:59` })
    }
  }

  function changeName(typed: string): void {
    const { name: _before, ...rest } = value
    onChange(typed === '' ? rest : { ...rest, name: typed.slice(0, 100) })
  }

  return (
    <>
      <div className={styles.row}>
        <Field label="Name" className={styles.name}>
          <Input
            value={value.name ?? ''}
            aria-label={`Name of ${label}`}
            disabled={isReadOnly}
            onChange={(_, data) => changeName(data.value)}
          />
        </Field>
        <Field label="When">
          <Select
            value={value.kind}
            aria-label={`Kind of ${label}`}
            disabled={isReadOnly}
            onChange={(_, data) => changeKind(data.value)}
          >
            <option value="weekly">Every week</option>
            <option value="dated">Once</option>
          </Select>
        </Field>
        <Field label="From">
          <Input
            type={value.kind === 'weekly' ? 'time' : 'datetime-local'}
            value={value.from}
            aria-label={`Begin of ${label}`}
            disabled={isReadOnly}
            onChange={(_, data) => onChange({ ...value, from: data.value })}
          />
        </Field>
        <Field label="To">
          <Input
            type={value.kind === 'weekly' ? 'time' : 'datetime-local'}
            // 24:00 is the end of a day; a field for times knows only the midnight that begins the next.
            value={value.to === '24:00' ? '00:00' : value.to}
            aria-label={`End of ${label}`}
            disabled={isReadOnly}
            onChange={(_, data) => onChange({ ...value, to: data.value === '00:00' ? '24:00' : data.value })}
          />
        </Field>
      </div>
      {value.kind === 'weekly' ? (
        <WeekdayChecks
          label={`Days of ${label}`}
          value={value.weekdays}
          isReadOnly={isReadOnly}
          onChange={(weekdays) => onChange({ ...value, weekdays })}
        />
      ) : null}
    </>
  )
}
