import {
  Button,
  Caption1,
  Card,
  Field,
  Input,
  makeStyles,
  Select,
  Subtitle2,
  Switch,
  Textarea,
  tokens,
} from '@fluentui/react-components'
import { ArrowResetRegular } from '@fluentui/react-icons'
import type { ReactNode } from 'react'
import { type NameRules, type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import { effective, LEVEL_LABELS, type Levels, type SettingName, without } from './levels.ts'
import { SETTING_GROUPS, type SettingField } from './settingList.ts'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalL, flexShrink: 0 },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) 190px',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
    '@media (max-width: 760px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  level: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', color: tokens.colorNeutralForeground2 },
  own: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
  names: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalL },
  control: { maxWidth: '360px' },
})

type Change = Partial<TaskSettings>

/** Every setting with the value that holds, the level that said it, and what it overrides. Edits one level. */
export function SettingsForm(props: {
  readonly levels: Levels
  readonly edits: 'project' | 'task'
  readonly isReadOnly?: boolean
  /** The whole edited level. */
  readonly onChange: (level: Change) => void
}) {
  const styles = useStyles()
  const { levels, edits, isReadOnly, onChange } = props
  const own = levels[edits]

  function set<Name extends SettingName>(name: Name, value: TaskSettings[Name]): void {
    onChange({ ...own, [name]: value })
  }

  return (
    <div className={styles.root}>
      {SETTING_GROUPS.map(({ title, fields }) => (
        <Card key={title} className={styles.card}>
          <Subtitle2 as="h2">{title}</Subtitle2>
          {fields.map((field) => {
            const { value, level, instead } = effective(field.name, levels)
            return (
              <div key={field.name} className={styles.row}>
                <Control field={field} value={value} isReadOnly={isReadOnly === true} set={set} />
                <div className={styles.level}>
                  <Caption1 {...(level === edits ? { className: styles.own } : {})}>{LEVEL_LABELS[level]}</Caption1>
                  {instead ? (
                    <Caption1>
                      instead of {LEVEL_LABELS[instead.level].toLowerCase()}: {inWords(field, instead.value)}
                    </Caption1>
                  ) : null}
                  {level === edits && isReadOnly !== true ? (
                    <Button
                      size="small"
                      appearance="transparent"
                      icon={<ArrowResetRegular />}
                      onClick={() => onChange(without(own, field.name))}
                      aria-label={`Reset ${field.label}`}
                    >
                      Reset
                    </Button>
                  ) : null}
                </div>
              </div>
            )
          })}
        </Card>
      ))}
    </div>
  )
}

type SetSetting = <Name extends SettingName>(name: Name, value: TaskSettings[Name]) => void

function Control(props: {
  readonly field: SettingField
  readonly value: TaskSettings[SettingName]
  readonly isReadOnly: boolean
  readonly set: SetSetting
}): ReactNode {
  const styles = useStyles()
  const { field, value, isReadOnly, set } = props
  switch (field.kind) {
    case 'switch':
      return (
        <Field hint={field.hint}>
          <Switch
            label={field.label}
            checked={value === true}
            disabled={isReadOnly}
            onChange={(_, { checked }) => set(field.name, checked)}
          />
        </Field>
      )
    case 'choice':
      return (
        <Field label={field.label} hint={field.hint} className={styles.control}>
          <Select
            value={String(value)}
            disabled={isReadOnly}
            onChange={(_, data) => {
              const parsed = taskSettingsSchema.safeParse({ [field.name]: data.value })
              if (parsed.success) set(field.name, parsed.data[field.name])
            }}
          >
            {Object.entries(field.options).map(([option, label]) => (
              <option key={option} value={option}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
      )
    case 'date':
      return (
        <Field label={field.label} hint={field.hint} className={styles.control}>
          <Input
            type="date"
            value={typeof value === 'string' ? value.slice(0, 10) : ''}
            disabled={isReadOnly}
            onChange={(_, data) => set(field.name, data.value === '' ? undefined : data.value)}
          />
        </Field>
      )
    case 'list': {
      const lines = Array.isArray(value) ? value.filter((line) => typeof line === 'string') : []
      return (
        <Field label={field.label} hint={field.hint} className={styles.control}>
          <Textarea
            rows={2}
            resize="vertical"
            value={lines.join('\n')}
            disabled={isReadOnly}
            onChange={(_, data) =>
              set(
                field.name,
                data.value.split('\n').map((line) => line.trimStart()),
              )
            }
            onBlur={() =>
              set(
                field.name,
                lines.map((line) => line.trim()).filter((line) => line !== ''),
              )
            }
          />
        </Field>
      )
    }
    case 'names':
      return (
        <NameControls
          rules={value as NameRules}
          isReadOnly={isReadOnly}
          field={field}
          onChange={(rules) => set('nameRules', rules)}
        />
      )
  }
}

export function NameControls(props: {
  readonly rules: NameRules
  readonly isReadOnly?: boolean
  readonly field?: { readonly label: string; readonly hint: string }
  readonly onChange: (rules: NameRules) => void
}) {
  const styles = useStyles()
  const { rules, onChange } = props
  const isOff = props.isReadOnly === true
  return (
    <div className={styles.names}>
      <Field label={props.field?.label ?? 'Names that SharePoint refuses'} hint={props.field?.hint ?? ''}>
        <Select
          value={rules.whenInvalid}
          disabled={isOff}
          onChange={(_, { value }) => onChange({ ...rules, whenInvalid: value === 'skip' ? 'skip' : 'replace' })}
        >
          <option value="replace">Give them a new name</option>
          <option value="skip">Leave them behind and report them</option>
        </Select>
      </Field>
      <Field label="Forbidden characters become">
        <Input
          value={rules.replacement}
          maxLength={1}
          disabled={isOff || rules.whenInvalid === 'skip'}
          onChange={(_, { value }) => {
            if (!/["*:<>?|/\\]/.test(value)) onChange({ ...rules, replacement: value })
          }}
        />
      </Field>
      <Switch
        label="Cut spaces and dots at the ends"
        checked={rules.trimEnds}
        disabled={isOff || rules.whenInvalid === 'skip'}
        onChange={(_, { checked }) => onChange({ ...rules, trimEnds: checked })}
      />
    </div>
  )
}

/** A value in a few words, for the line that says what is overridden. */
function inWords(field: SettingField, value: TaskSettings[SettingName]): string {
  if (field.kind === 'switch') return value === true ? 'on' : 'off'
  if (field.kind === 'choice') return field.options[String(value)] ?? String(value)
  if (field.kind === 'names')
    return (value as NameRules).whenInvalid === 'skip' ? 'leave behind' : `new names with “${(value as NameRules).replacement}”`
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  return value === undefined ? 'any time' : String(value)
}
