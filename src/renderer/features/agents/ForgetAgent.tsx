import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
} from '@fluentui/react-components'
import { DeleteRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { FleetAgentView } from '../../../shared/contract/views.ts'
import { useCommand } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

/** Takes an agent that is gone for good off the list, after one question. */
export function ForgetAgent(props: {
  readonly agent: FleetAgentView
  readonly isReadOnly: boolean
  readonly onForgotten: () => void
}) {
  const forget = useCommand('fleet.forgetAgent')
  const [isOpen, setIsOpen] = useState(false)
  const { agent } = props

  async function confirm(): Promise<void> {
    if (!(await forget.run({ agentId: agent.id }))) return
    setIsOpen(false)
    props.onForgotten()
  }

  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => setIsOpen(open)}>
      <DialogTrigger disableButtonEnhancement>
        <Button size="small" icon={<DeleteRegular />} disabled={props.isReadOnly || agent.isAlive}>
          {agent.isAlive ? 'Take off the list (stop it first)' : 'Take off the list…'}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Take {agent.terms.name} off the list?</DialogTitle>
          <DialogContent>
            {forget.error ? <ErrorNote error={forget.error} /> : null}
            What it had in work goes back to the queue, and another agent takes it. Its reports stay. Should that computer come
            back, it appears here again by itself.
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Keep it</Button>
            </DialogTrigger>
            <Button appearance="primary" disabled={forget.isBusy} onClick={() => void confirm()}>
              Take it off
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
