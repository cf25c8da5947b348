import { Caption1, Field, Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import { type TaskSchedule, taskScheduleSchema } from '../../../shared/domain/schedule.ts'
import { describeSchedule } from '../../../shared/domain/windowText.ts'
import { HOUR_MS } from '../../../shared/units.ts'
import { TimeZoneField } from './TimeZoneField.tsx'
import { WeekdayChecks } from './WeekdayChecks.tsx'
import { ownTimeZone, wallTimeIn } from './zones.ts'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, minWidth: 0 },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: tokens.spacingHorizontalM },
  every: { width: '96px', minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
})

type Repeat = NonNullable<TaskSchedule['repeat']>

const REPEATS = {
  once: 'Once',
  hours: 'Every … hours',
  days: 'Every … days',
  weeks: 'Every … weeks',
} as const satisfies Record<Repeat['unit'] | 'once', string>

/** Begins at the next full hour of the person's own clock. */
export function firstSchedule(nowMs = Date.now()): TaskSchedule {
  const timeZone = ownTimeZone()
  const startAt = wallTimeIn(timeZone, Math.ceil((nowMs + 1) / HOUR_MS) * HOUR_MS)
  return { startAt, timeZone, whenMissed: 'run' }
}

/** What is wrong with a schedule as it is typed, in words. */
export function scheduleProblem(schedule: TaskSchedule | undefined): string | undefined {
  if (schedule === undefined) return undefined
  const issue = taskScheduleSchema.safeParse(schedule).error?.issues[0]
  if (!issue) return undefined
  return issue.path[0] === 'startAt' ? 'Say when it is to start.' : `Schedule: ${issue.message}.`
}

/** When a task may begin: as soon as an agent is free, at a time, or again and again. */
export function ScheduleFields(props: {
  readonly schedule: TaskSchedule | undefined
  readonly isReadOnly?: boolean
  readonly onChange: (schedule: TaskSchedule | undefined) => void
}) {
  const styles = useStyles()
  const { schedule, onChange, isReadOnly = false } = props
  const problem = scheduleProblem(schedule)
  return (
    <div className={styles.root}>
      <div className={styles.row}>
        <Field label="Start">
          <Select
            value={schedule === undefined ? 'free' : 'timed'}
            disabled={isReadOnly}
            onChange={(_, { value }) => onChange(value === 'timed' ? firstSchedule() : undefined)}
          >
            <option value="free">As soon as an agent is free</option>
            <option value="timed">At a time</option>
          </Select>
        </Field>
        {schedule === undefined ? null : (
          <>
            <Field label="Date and time">
              <Input
                type="datetime-local"
                value={schedule.startAt}
                disabled={isReadOnly}
                onChange={(_, { value }) => onChange({ ...schedule, startAt: value })}
              />
            </Field>
            <TimeZoneField
              value={schedule.timeZone}
              isReadOnly={isReadOnly}
              onChange={(timeZone) => onChange({ ...schedule, timeZone })}
            />
          </>
        )}
      </div>
      {schedule === undefined ? null : <RepeatFields schedule={schedule} isReadOnly={isReadOnly} onChange={onChange} />}
      {schedule === undefined ? null : (
        <Caption1 className={styles.quiet} role="status">
          {problem ?? `Runs ${describeSchedule(schedule)}.`}
        </Caption1>
      )}
    </div>
  )
}

function RepeatFields(props: {
  readonly schedule: TaskSchedule
  readonly isReadOnly: boolean
  readonly onChange: (schedule: TaskSchedule) => void
}) {
  const styles = useStyles()
  const { schedule, isReadOnly, onChange } = props
  const { repeat } = schedule

  function changeUnit(unit: string): void {
    const { repeat: before, ...once } = schedule
    if (unit === 'hours' || unit === 'days' || unit === 'weeks')
      onChange({ ...once, repeat: { every: before?.every ?? 1, unit, ...(before?.until ? { until: before.until } : {}) } })
    else onChange(once)
  }

  function changeWeekdays(weekdays: NonNullable<Repeat['weekdays']>): void {
    if (!repeat) return
    const { weekdays: _before, ...rest } = repeat
    onChange({ ...schedule, repeat: weekdays.length === 0 ? rest : { ...rest, weekdays } })
  }

  function changeUntil(until: string): void {
    if (!repeat) return
    const { until: _before, ...rest } = repeat
    onChange({ ...schedule, repeat: until === '' ? rest : { ...rest, until } })
  }

  return (
    <>
      <div className={styles.row}>
        <Field label="Repeat" hint="A new round takes what has changed.">
          <Select value={repeat?.unit ?? 'once'} disabled={isReadOnly} onChange={(_, { value }) => changeUnit(value)}>
            {Object.entries(REPEATS).map(([unit, label]) => (
              <option key={unit} value={unit}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        {repeat ? (
          <>
            <Field label="Every" className={styles.every}>
              <Input
                className={styles.every}
                type="number"
                min={1}
                max={1000}
                value={String(repeat.every)}
                disabled={isReadOnly}
                onChange={(_, { value }) => onChange({ ...schedule, repeat: { ...repeat, every: Math.trunc(Number(value)) } })}
              />
            </Field>
            <Field label="Until" hint="Empty: until somebody ends it.">
              <Input
                type="datetime-local"
                value={repeat.until ?? ''}
                disabled={isReadOnly}
                onChange={(_, { value }) => changeUntil(value)}
              />
            </Field>
            <Field label="A start that was missed">
              <Select
                value={schedule.whenMissed}
                disabled={isReadOnly}
                onChange={(_, { value }) => onChange({ ...schedule, whenMissed: value === 'skip' ? 'skip' : 'run' })}
              >
                <option value="run">runs once, as soon as it can</option>
                <option value="skip">is left out</option>
              </Select>
            </Field>
          </>
        ) : null}
      </div>
      {repeat?.unit === 'weeks' ? (
        <WeekdayChecks label="Days of the week" value={repeat.weekdays ?? []} isReadOnly={isReadOnly} onChange={changeWeekdays} />
      ) : null}
    </>
  )
}
