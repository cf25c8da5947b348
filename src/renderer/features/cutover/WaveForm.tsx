import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import { type FormEvent, type ReactElement, useState } from 'react'
import type { WaveView } from '../../../shared/contract/cutover.ts'
import { type WaveDraft, waveGatesSchema } from '../../../shared/domain/wave.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import { useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
})

/** Name, tag, dates and gates of a wave: a new one, or what changes of `wave`. */
export function WaveForm(props: {
  readonly wave?: WaveView
  readonly trigger: ReactElement
  readonly onSaved: (wave: WaveView) => void
}) {
  const styles = useStyles()
  const plan = useCommand('cutover.plan')
  const tags = useKnownTags()
  const { wave } = props
  const asked = wave?.asked ?? waveGatesSchema.parse({})
  const [isOpen, setIsOpen] = useState(false)
  const [name, setName] = useState(wave?.name ?? '')
  const [tag, setTag] = useState(wave?.tag ?? '')
  const [date, setDate] = useState(localTime(wave?.plannedFor))
  const [frozen, setFrozen] = useState(localTime(wave?.frozenFrom))
  const [failed, setFailed] = useState(String(asked.failedMax))
  const [minutes, setMinutes] = useState(asked.deltaMaxMs === undefined ? '' : String(asked.deltaMaxMs / MINUTE_MS))
  const [needs, setNeeds] = useState({
    needsFreezeCheck: asked.needsFreezeCheck,
    needsPermissions: asked.needsPermissions,
    needsMapping: asked.needsMapping,
  })
  const isWhole = (text: string) => /^\d{1,6}$/.test(text)
  const isUsable =
    name.trim() !== '' && tag !== '' && isWhole(failed) && (minutes === '' || (isWhole(minutes) && minutes !== '0'))

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (!isUsable) return
    const draft: WaveDraft = {
      name: name.trim(),
      tag,
      ...(date === '' ? {} : { plannedFor: new Date(date).toISOString() }),
      ...(frozen === '' ? {} : { frozenFrom: new Date(frozen).toISOString() }),
      gates: {
        ...needs,
        failedMax: Number(failed),
        ...(minutes === '' ? {} : { deltaMaxMs: Number(minutes) * MINUTE_MS }),
      },
    }
    const saved = await plan.run({ draft })
    if (!saved) return
    setIsOpen(false)
    props.onSaved(saved)
  }

  const gate = (key: keyof typeof needs, label: string) => (
    <Checkbox
      label={label}
      checked={needs[key]}
      onChange={(_, { checked }) => setNeeds((before) => ({ ...before, [key]: checked === true }))}
    />
  )
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => setIsOpen(open)}>
      <DialogTrigger disableButtonEnhancement>{props.trigger}</DialogTrigger>
      <DialogSurface>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{wave ? `Change ${wave.name}` : 'A new wave'}</DialogTitle>
            <DialogContent className={styles.content}>
              {plan.error ? <ErrorNote title="Not saved." error={plan.error} /> : null}
              <Field label="Name" required>
                <Input value={name} disabled={wave !== undefined} maxLength={64} onChange={(_, { value }) => setName(value)} />
              </Field>
              <Field
                label="Tag"
                required
                hint={tags.length === 0 ? 'Tasks with this tag belong to it.' : `Known tags: ${tags.join(', ')}`}
              >
                <Input value={tag} maxLength={255} onChange={(_, { value }) => setTag(value)} />
              </Field>
              <Field label="The last round begins" hint="Not before then. Empty: as soon as every gate is met.">
                <Input type="datetime-local" value={date} onChange={(_, { value }) => setDate(value)} />
              </Field>
              <Field label="Nobody changes anything from" hint="Files that change later are found by the freeze check.">
                <Input type="datetime-local" value={frozen} onChange={(_, { value }) => setFrozen(value)} />
              </Field>
              <Field label="Items that may have failed">
                <Input inputMode="numeric" value={failed} onChange={(_, { value }) => setFailed(value)} />
              </Field>
              <Field label="Longest last round, in minutes" hint="Empty: however long.">
                <Input inputMode="numeric" value={minutes} onChange={(_, { value }) => setMinutes(value)} />
              </Field>
              <fieldset style={{ border: 'none', padding: 0, margin: 0 }}>
                <legend>Asked for before it may begin</legend>
                {gate('needsFreezeCheck', 'A freeze check that found nothing')}
                {gate('needsPermissions', 'All permissions carried')}
                {gate('needsMapping', 'Every account mapped')}
              </fieldset>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabledFocusable={!isUsable || plan.isBusy}>
                Save
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}

function useKnownTags(): readonly string[] {
  const tasks = useApp((state) => state.tasks)
  return [...new Set(Object.values(tasks).flatMap((view) => view?.task.tags ?? []))].sort().slice(0, 20)
}

/** As a field for dates takes it, in the time of this computer. */
function localTime(iso: string | undefined): string {
  if (iso === undefined) return ''
  const date = new Date(iso)
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16)
}
