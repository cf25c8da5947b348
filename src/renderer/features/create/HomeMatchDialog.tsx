import {
  Body1,
  Button,
  Caption1,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Dropdown,
  makeStyles,
  Option,
  Spinner,
  tokens,
} from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { HomeMatch } from '../../../shared/contract/browse.ts'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const TICKET = 'home folders'

const useStyles = makeStyles({
  surface: { maxWidth: '760px' },
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  list: { maxHeight: '46vh', overflowY: 'auto', display: 'flex', flexDirection: 'column' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1.4fr)',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    minHeight: '40px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** The folders inside the chosen ones, each with the person whose home it seems to be. A person confirms what is not sure. */
export function HomeMatchDialog(props: {
  readonly roots: readonly string[]
  readonly onClose: () => void
  readonly onMatched: (count: number) => void
}) {
  const styles = useStyles()
  const { call } = useBridge()
  const pair = useApp((state) => state.pair)
  const [matches, setMatches] = useState<readonly HomeMatch[]>()
  const [error, setError] = useState<WireError>()
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({})
  const { roots } = props

  useEffect(() => {
    let isGone = false
    async function match(): Promise<void> {
      const paths: string[] = []
      for (const path of roots) {
        const reply = await call('sources.browse', { path })
        if (isGone) return
        if ('error' in reply) return setError(reply.error)
        paths.push(...reply.ok.folders.map((folder) => folder.path))
      }
      if (paths.length === 0) return setMatches([])
      const reply = await call('people.match', { paths, ticket: TICKET })
      if (isGone) return
      if ('error' in reply) return setError(reply.error)
      setMatches(reply.ok.matches)
      setChosen(
        Object.fromEntries(
          reply.ok.matches.flatMap(({ path, people: [first, second] }) => (first && !second ? [[path, first.upn]] : [])),
        ),
      )
    }
    void match()
    return () => {
      isGone = true
      void call('browse.cancel', { ticket: TICKET })
    }
  }, [roots, call])

  function take(): void {
    for (const [path, upn] of Object.entries(chosen))
      pair({ paths: [path], onto: { kind: 'oneDrive', upn, folder: '' }, ontoTitle: `OneDrive of ${upn}` })
    props.onMatched(Object.keys(chosen).length)
    props.onClose()
  }

  function choose(path: string, upn: string | undefined): void {
    setChosen((current) => {
      const { [path]: _before, ...rest } = current
      return upn === undefined ? rest : { ...rest, [path]: upn }
    })
  }

  const count = Object.keys(chosen).length
  return (
    <Dialog open onOpenChange={(_, { open }) => (open ? undefined : props.onClose())}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Match home folders to people</DialogTitle>
          <DialogContent className={styles.content}>
            <Body1 className={styles.quiet}>
              Every folder inside the selected ones is compared with logon names, sign-in names, mail names and display names.
            </Body1>
            {error ? <ErrorNote error={error} /> : null}
            {!matches && !error ? <Spinner label="Reading the folders and the directory" /> : null}
            {matches?.length === 0 ? <Body1>There are no folders inside.</Body1> : null}
            {matches && matches.length > 0 ? (
              <div className={styles.list}>
                {matches.map(({ path, folder, people }) => (
                  <div key={path} className={styles.row}>
                    <Checkbox
                      label={folder}
                      disabled={people.length === 0}
                      checked={chosen[path] !== undefined}
                      onChange={(_, { checked }) => choose(path, checked === true ? people[0]?.upn : undefined)}
                    />
                    {people.length === 0 ? (
                      <Caption1 className={styles.quiet}>Nobody of this name</Caption1>
                    ) : people.length === 1 ? (
                      <Body1>
                        {people[0]?.upn} <Caption1 className={styles.quiet}>by {people[0]?.how}</Caption1>
                      </Body1>
                    ) : (
                      <Dropdown
                        aria-label={`Person of ${folder}`}
                        placeholder={`${people.length} people: choose`}
                        selectedOptions={chosen[path] === undefined ? [] : [chosen[path]]}
                        value={chosen[path] ?? ''}
                        onOptionSelect={(_, { optionValue }) => choose(path, optionValue)}
                      >
                        {people.map(({ upn, displayName }) => (
                          <Option key={upn} value={upn} text={upn}>
                            {displayName} · {upn}
                          </Option>
                        ))}
                      </Dropdown>
                    )}
                  </div>
                ))}
              </div>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={props.onClose}>Cancel</Button>
            <Button appearance="primary" disabled={count === 0} onClick={take}>
              Plan {formatCounted(count, 'migration')}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
