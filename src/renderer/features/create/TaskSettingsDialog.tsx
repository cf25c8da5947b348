import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
} from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { useBridge } from '../../bridgeContext.ts'
import { SettingsForm } from '../settings/SettingsForm.tsx'

const useStyles = makeStyles({ surface: { maxWidth: '820px' }, content: { maxHeight: '64vh' } })

/** Settings of tasks that do not exist yet: only what is changed here is theirs. */
export function TaskSettingsDialog(props: {
  readonly settings: Partial<TaskSettings>
  readonly onChange: (settings: Partial<TaskSettings>) => void
  readonly onClose: () => void
}) {
  const styles = useStyles()
  const { call } = useBridge()
  const [project, setProject] = useState<Partial<TaskSettings>>({})
  const [own, setOwn] = useState(props.settings)
  useEffect(() => {
    void call('settings.read', {}).then((reply) => {
      if ('ok' in reply) setProject(reply.ok.chosen)
    })
  }, [call])
  return (
    <Dialog open onOpenChange={(_, { open }) => (open ? undefined : props.onClose())}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Settings of these migrations</DialogTitle>
          <DialogContent className={styles.content}>
            <SettingsForm levels={{ project, task: own }} edits="task" onChange={setOwn} />
          </DialogContent>
          <DialogActions>
            <Button onClick={props.onClose}>Cancel</Button>
            <Button
              appearance="primary"
              onClick={() => {
                props.onChange(own)
                props.onClose()
              }}
            >
              Use these
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
