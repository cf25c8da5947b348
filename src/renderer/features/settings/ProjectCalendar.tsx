import { Button, Caption1, Card, Field, Input, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { AddRegular, DeleteRegular } from '@fluentui/react-icons'
import type { FleetSettings } from '../../../shared/domain/schedule.ts'
import { MIB } from '../../../shared/units.ts'
import { TimeZoneField } from '../schedule/TimeZoneField.tsx'
import { OFFICE_HOURS, WindowFields } from './WindowFields.tsx'

const BANDWIDTH_FIRST = 10 * MIB

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, flexShrink: 0 },
  entry: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalXS,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    paddingTop: tokens.spacingVerticalS,
  },
  quiet: { color: tokens.colorNeutralForeground2 },
  zone: { maxWidth: '360px' },
  budgets: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalL },
})

/** When the whole fleet may send, how fast, and how much in a day. */
export function ProjectCalendar(props: {
  readonly settings: FleetSettings
  readonly isReadOnly: boolean
  readonly onChange: (settings: FleetSettings) => void
}) {
  const styles = useStyles()
  const { settings, isReadOnly, onChange } = props
  const { blackouts, bandwidth } = settings
  return (
    <>
      <Card className={styles.card}>
        <Subtitle2 as="h3">Time zone of the project</Subtitle2>
        <div className={styles.zone}>
          <TimeZoneField
            hint="Of the blackouts and the bandwidth below. A task's own schedule names its own."
            value={settings.timeZone}
            isReadOnly={isReadOnly}
            onChange={(timeZone) => onChange({ ...settings, timeZone })}
          />
        </div>
      </Card>
      <Card className={styles.card}>
        <Subtitle2 as="h3">Blackouts</Subtitle2>
        <Caption1 className={styles.quiet}>
          {blackouts.length === 0
            ? 'None: agents send at any time.'
            : 'Nothing is sent to the tenant inside these; scans go on. They win over the schedule of every task.'}
        </Caption1>
        {blackouts.map((window, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry is its place in the list
          <div key={index} className={styles.entry}>
            <WindowFields
              label={`blackout ${index + 1}`}
              value={window}
              isReadOnly={isReadOnly}
              onChange={(next) => onChange({ ...settings, blackouts: blackouts.with(index, next) })}
            />
            <Button
              size="small"
              icon={<DeleteRegular />}
              disabled={isReadOnly}
              aria-label={`Remove blackout ${index + 1}`}
              onClick={() => onChange({ ...settings, blackouts: blackouts.toSpliced(index, 1) })}
            >
              Remove
            </Button>
          </div>
        ))}
        <div>
          <Button
            icon={<AddRegular />}
            disabled={isReadOnly}
            onClick={() => onChange({ ...settings, blackouts: [...blackouts, OFFICE_HOURS] })}
          >
            Add a blackout
          </Button>
        </div>
      </Card>
      <Card className={styles.card}>
        <Subtitle2 as="h3">Bandwidth</Subtitle2>
        <Caption1 className={styles.quiet}>
          {bandwidth.length === 0
            ? 'No limit of yours: agents are as fast as the network and Microsoft 365 allow.'
            : 'Of the whole fleet, shared by the agents at work. Where several hold, the lowest counts; outside of them there is no limit.'}
        </Caption1>
        {bandwidth.map((rule, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry is its place in the list
          <div key={index} className={styles.entry}>
            <WindowFields
              label={`bandwidth limit ${index + 1}`}
              value={rule.window}
              isReadOnly={isReadOnly}
              onChange={(window) => onChange({ ...settings, bandwidth: bandwidth.with(index, { ...rule, window }) })}
            />
            <Field label="MB per second, of all agents together">
              <Input
                type="number"
                min={0.1}
                step={0.1}
                aria-label={`MB per second of bandwidth limit ${index + 1}`}
                value={String(Number((rule.bytesPerSecond / MIB).toFixed(2)))}
                disabled={isReadOnly}
                onChange={(_, { value }) =>
                  onChange({
                    ...settings,
                    bandwidth: bandwidth.with(index, { ...rule, bytesPerSecond: Math.round(Number(value) * MIB) }),
                  })
                }
              />
            </Field>
            <Button
              size="small"
              icon={<DeleteRegular />}
              disabled={isReadOnly}
              aria-label={`Remove bandwidth limit ${index + 1}`}
              onClick={() => onChange({ ...settings, bandwidth: bandwidth.toSpliced(index, 1) })}
            >
              Remove
            </Button>
          </div>
        ))}
        <div>
          <Button
            icon={<AddRegular />}
            disabled={isReadOnly}
            onClick={() =>
              onChange({ ...settings, bandwidth: [...bandwidth, { window: OFFICE_HOURS, bytesPerSecond: BANDWIDTH_FIRST }] })
            }
          >
            Add a bandwidth limit
          </Button>
        </div>
      </Card>
      <DailyBudgets settings={settings} isReadOnly={isReadOnly} onChange={onChange} />
    </>
  )
}

function DailyBudgets(props: {
  readonly settings: FleetSettings
  readonly isReadOnly: boolean
  readonly onChange: (settings: FleetSettings) => void
}) {
  const styles = useStyles()
  const { isReadOnly, onChange } = props
  const { dailyUnits, dailyBytes, ...rest } = props.settings

  function change(budgets: { readonly units: number | undefined; readonly bytes: number | undefined }): void {
    onChange({
      ...rest,
      ...(budgets.units === undefined ? {} : { dailyUnits: budgets.units }),
      ...(budgets.bytes === undefined ? {} : { dailyBytes: budgets.bytes }),
    })
  }

  return (
    <Card className={styles.card}>
      <Subtitle2 as="h3">Budgets of a day</Subtitle2>
      <Caption1 className={styles.quiet}>
        Of all agents together, for a day of UTC, as Microsoft 365 counts. Empty: only what the service itself grants.
      </Caption1>
      <div className={styles.budgets}>
        <Field label="Resource units">
          <Input
            type="number"
            min={1000}
            step={1000}
            value={dailyUnits === undefined ? '' : String(dailyUnits)}
            disabled={isReadOnly}
            onChange={(_, { value }) =>
              change({ units: value === '' ? undefined : Math.trunc(Number(value)), bytes: dailyBytes })
            }
          />
        </Field>
        <Field label="MB">
          <Input
            type="number"
            min={1}
            value={dailyBytes === undefined ? '' : String(Math.round(dailyBytes / MIB))}
            disabled={isReadOnly}
            onChange={(_, { value }) =>
              change({ units: dailyUnits, bytes: value === '' ? undefined : Math.round(Number(value) * MIB) })
            }
          />
        </Field>
      </div>
    </Card>
  )
}
