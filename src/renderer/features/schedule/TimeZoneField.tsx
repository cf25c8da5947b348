import { Field, Select } from '@fluentui/react-components'
import { useMemo } from 'react'
import { ownTimeZone, timeZones } from './zones.ts'

export function TimeZoneField(props: {
  readonly label?: string
  readonly hint?: string
  readonly value: string
  readonly isReadOnly?: boolean
  readonly onChange: (timeZone: string) => void
}) {
  const own = useMemo(ownTimeZone, [])
  const zones = useMemo(() => timeZones(own), [own])
  return (
    <Field label={props.label ?? 'Time zone'} {...(props.hint === undefined ? {} : { hint: props.hint })}>
      <Select value={props.value} disabled={props.isReadOnly === true} onChange={(_, { value }) => props.onChange(value)}>
        {(zones.includes(props.value) ? zones : [props.value, ...zones]).map((zone) => (
          <option key={zone} value={zone}>
            {zone === own ? `${zone} (this computer)` : zone}
          </option>
        ))}
      </Select>
    </Field>
  )
}
