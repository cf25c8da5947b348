import {
  Body1,
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { DestinationNode } from '../../../shared/contract/browse.ts'
import type { DestinationSpec } from '../../../shared/domain/task.ts'

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM } })

/** Names a library or folder that is made when the migration begins; nothing is written before. */
export function NewPlaceDialog(props: {
  readonly node: DestinationNode
  readonly onMake: (made: DestinationNode) => void
  readonly onClose: () => void
}) {
  const styles = useStyles()
  const { node } = props
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const isLibrary = node.kind === 'site'

  function make(event: FormEvent): void {
    event.preventDefault()
    const given = name.trim().replace(/^\/+|\/+$/g, '')
    const destination = placeBelow(node, given)
    if (given === '' || !destination) setProblem('Give a name.')
    else if (/["*:<>?|\\]/.test(given) || (isLibrary && given.includes('/')))
      setProblem('Not allowed in names: " * : < > ? | \\ /')
    else {
      const detail = 'New: made when the migration begins'
      props.onMake({ kind: isLibrary ? 'library' : 'folder', title: given, detail, destination })
      props.onClose()
    }
  }

  return (
    <Dialog open onOpenChange={(_, { open }) => (open ? undefined : props.onClose())}>
      <DialogSurface>
        <form onSubmit={make} noValidate>
          <DialogBody>
            <DialogTitle>{isLibrary ? 'New library' : 'New folder'}</DialogTitle>
            <DialogContent className={styles.content}>
              <Body1>In {node.title}. It is made when the migration begins; until then nothing is written.</Body1>
              <Field label="Name" {...(problem === undefined ? {} : { validationState: 'error', validationMessage: problem })}>
                <Input
                  autoFocus
                  value={name}
                  onChange={(_, { value }) => {
                    setName(value)
                    setProblem(undefined)
                  }}
                />
              </Field>
            </DialogContent>
            <DialogActions>
              <Button onClick={props.onClose}>Cancel</Button>
              <Button type="submit" appearance="primary">
                Choose it
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}

function placeBelow({ destination, opens }: DestinationNode, name: string): DestinationSpec | undefined {
  if (destination) return { ...destination, folder: destination.folder === '' ? name : `${destination.folder}/${name}` }
  return opens?.of === 'libraries' ? { kind: 'library', siteUrl: opens.siteUrl, library: name, folder: '' } : undefined
}
