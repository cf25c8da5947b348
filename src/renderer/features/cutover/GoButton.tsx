import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Textarea,
} from '@fluentui/react-components'
import { useState } from 'react'
import type { WaveView } from '../../../shared/contract/cutover.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatCounted } from '../../format.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

/** Begins the last round, after one question; with an open gate only for a reason that stays in the audit. */
export function GoButton(props: { readonly wave: WaveView; readonly isOff: boolean; readonly onGone: (wave: WaveView) => void }) {
  const go = useCommand('cutover.go')
  const [isOpen, setIsOpen] = useState(false)
  const [despite, setDespite] = useState('')
  const { wave, isOff } = props

  async function confirm(): Promise<void> {
    const gone = await go.run({ name: wave.name, ...(wave.isGo ? {} : { despite: despite.trim() }) })
    if (!gone) return
    setIsOpen(false)
    props.onGone(gone)
  }

  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => setIsOpen(open)}>
      <DialogTrigger disableButtonEnhancement>
        <Button
          size="small"
          appearance={wave.isGo ? 'primary' : 'secondary'}
          disabledFocusable={isOff || wave.tasks.length === 0}
        >
          {wave.isGo ? 'Go…' : 'Go all the same…'}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Begin the last round of {wave.name}?</DialogTitle>
          <DialogContent>
            {go.error ? <ErrorNote title="Not begun." error={go.error} /> : null}
            {`${formatCounted(wave.tasks.length, 'task')} get one more round, which sends what is new and what has changed.`}
            {wave.isGo ? null : (
              <Field label="Why although a gate is open" required hint="It stands in the audit.">
                <Textarea value={despite} maxLength={1000} onChange={(_, { value }) => setDespite(value)} />
              </Field>
            )}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Not yet</Button>
            </DialogTrigger>
            <Button
              appearance="primary"
              disabledFocusable={go.isBusy || (!wave.isGo && despite.trim() === '')}
              onClick={() => void confirm()}
            >
              Begin
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
