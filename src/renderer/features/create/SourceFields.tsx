import { Button, Caption1, Field, Input, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { AddRegular, DismissRegular, FolderOpenRegular } from '@fluentui/react-icons'
import { type DragEvent, useState } from 'react'
import { useBridge } from '../../bridgeContext.ts'
import { fieldProblem } from './fieldProblem.ts'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  row: { display: 'flex', gap: tokens.spacingHorizontalS },
  input: { flexGrow: 1, minWidth: 0 },
  drop: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    padding: tokens.spacingVerticalM,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
  },
  over: { outline: `2px solid ${tokens.colorBrandStroke1}`, backgroundColor: tokens.colorNeutralBackground1Hover },
})

/** One path or several: typed, chosen in a dialog, or dropped, as far as this place can. */
export function SourceFields(props: {
  readonly sources: readonly string[]
  readonly problem: string | undefined
  readonly onChange: (sources: readonly string[]) => void
}) {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  const [isOver, setIsOver] = useState(false)
  const { sources, onChange } = props

  function append(paths: readonly string[]): void {
    const filled = sources.filter((source) => source.trim() !== '')
    onChange([...filled, ...paths.filter((path) => path !== '' && !filled.includes(path))])
  }

  async function browse(): Promise<void> {
    const chosen = await native.chooseFolder?.()
    if (chosen !== undefined) append([chosen])
  }

  function drop(event: DragEvent): void {
    event.preventDefault()
    setIsOver(false)
    const { pathOfDropped } = native
    if (pathOfDropped) append([...event.dataTransfer.files].map((file) => pathOfDropped(file)))
  }

  const dropTarget = capabilities.dropGivesPath
    ? {
        onDragOver: (event: DragEvent) => {
          event.preventDefault()
          setIsOver(true)
        },
        onDragLeave: () => setIsOver(false),
        onDrop: drop,
      }
    : {}
  return (
    <div className={mergeClasses(styles.root, isOver && styles.over)} {...dropTarget}>
      {sources.map((source, index) => (
        <Field
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; two rows may hold the same text while typing
          key={index}
          label={index === 0 ? 'Folder or share' : `Folder or share ${index + 1}`}
          {...(index === 0 ? fieldProblem(props.problem) : {})}
        >
          <div className={styles.row}>
            <Input
              className={styles.input}
              value={source}
              placeholder="\\server\share\folder or /srv/share"
              spellCheck={false}
              aria-label={index === 0 ? 'Folder or share' : `Folder or share ${index + 1}`}
              onChange={(_, { value }) => onChange(sources.map((one, at) => (at === index ? value : one)))}
            />
            {sources.length > 1 ? (
              <Button
                appearance="subtle"
                icon={<DismissRegular />}
                aria-label={`Remove folder ${index + 1}`}
                onClick={() => onChange(sources.filter((_, at) => at !== index))}
              />
            ) : null}
          </div>
        </Field>
      ))}
      <div className={styles.row}>
        <Button size="small" icon={<AddRegular />} onClick={() => onChange([...sources, ''])}>
          One more
        </Button>
        {capabilities.nativeDialogs ? (
          <Button size="small" icon={<FolderOpenRegular />} onClick={() => void browse()}>
            Browse…
          </Button>
        ) : null}
      </div>
      {capabilities.dropGivesPath ? (
        <div className={styles.drop}>
          <FolderOpenRegular aria-hidden /> Drop folders here
        </div>
      ) : (
        <Caption1>Give the path as the computer sees it on which Portage runs.</Caption1>
      )}
    </div>
  )
}
