import { Field, Input, Radio, RadioGroup } from '@fluentui/react-components'
import type { DestinationKind, DraftForm, DraftProblems, FieldName } from './draft.ts'
import { fieldProblem } from './fieldProblem.ts'

const KINDS = {
  library: 'SharePoint site',
  oneDrive: 'OneDrive',
  channel: 'Teams channel',
} as const satisfies Record<DestinationKind, string>

const FIELDS = {
  library: [
    { name: 'siteUrl', label: 'Site', placeholder: 'https://contoso.sharepoint.com/sites/finance', hint: undefined },
    { name: 'library', label: 'Library', placeholder: 'Documents', hint: 'It is made when it does not exist.' },
  ],
  oneDrive: [{ name: 'upn', label: 'Person', placeholder: 'ann@contoso.com', hint: undefined }],
  channel: [
    { name: 'teamId', label: 'Team id', placeholder: '00000000-0000-0000-0000-000000000000', hint: undefined },
    { name: 'channelId', label: 'Channel id', placeholder: '19:…@thread.tacv2', hint: undefined },
  ],
} as const satisfies Record<
  DestinationKind,
  readonly { name: FieldName & keyof DraftForm; label: string; placeholder: string; hint: string | undefined }[]
>

export function DestinationFields(props: {
  readonly form: DraftForm
  readonly problems: DraftProblems
  readonly onChange: (part: Partial<DraftForm>) => void
}) {
  const { form, problems, onChange } = props
  return (
    <>
      <Field label="Kind of destination">
        <RadioGroup
          layout="horizontal"
          value={form.kind}
          onChange={(_, { value }) => onChange({ kind: value as DestinationKind })}
        >
          {Object.entries(KINDS).map(([kind, label]) => (
            <Radio key={kind} value={kind} label={label} />
          ))}
        </RadioGroup>
      </Field>
      {FIELDS[form.kind].map(({ name, label, placeholder, hint }) => (
        <Field key={name} label={label} required {...(hint === undefined ? {} : { hint })} {...fieldProblem(problems[name])}>
          <Input
            value={form[name]}
            placeholder={placeholder}
            spellCheck={false}
            onChange={(_, { value }) => onChange({ [name]: value })}
          />
        </Field>
      ))}
      <Field label="Folder" hint="Empty: the top of the library." {...fieldProblem(problems.folder)}>
        <Input
          value={form.folder}
          placeholder="Archive/2026"
          spellCheck={false}
          onChange={(_, { value }) => onChange({ folder: value })}
        />
      </Field>
    </>
  )
}
