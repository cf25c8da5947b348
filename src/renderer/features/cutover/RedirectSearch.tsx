import { Button, Caption1, Field, Input, Link, makeStyles, Subtitle2, tokens } from '@fluentui/react-components'
import { SearchRegular } from '@fluentui/react-icons'
import { type FormEvent, useState } from 'react'
import type { RedirectHitView } from '../../../shared/contract/cutover.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatCounted } from '../../format.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS, flexShrink: 0 },
  line: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalS },
  field: { flexGrow: 1, maxWidth: '520px' },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalL, overflowWrap: 'anywhere', maxHeight: '220px', overflowY: 'auto' },
  quiet: { display: 'block', color: tokens.colorNeutralForeground2 },
})

/** Where is it now? By any part of the old path. */
export function RedirectSearch() {
  const styles = useStyles()
  const search = useCommand('redirects.search')
  const [text, setText] = useState('')
  const [hits, setHits] = useState<readonly RedirectHitView[]>()

  async function find(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (text.trim() === '') return
    setHits((await search.run({ text: text.trim() }))?.hits)
  }

  return (
    <section className={styles.root} aria-label="Where is it now">
      <Subtitle2 as="h2">Where is it now?</Subtitle2>
      <form className={styles.line} onSubmit={(event) => void find(event)}>
        <Field label="Old path, or a part of it" className={styles.field}>
          <Input
            value={text}
            maxLength={2048}
            placeholder="\\server\share\folder\file"
            onChange={(_, { value }) => setText(value)}
          />
        </Field>
        <Button type="submit" icon={<SearchRegular />} disabledFocusable={search.isBusy || text.trim() === ''}>
          Find
        </Button>
      </form>
      {search.error ? <ErrorNote error={search.error} /> : null}
      <Caption1 role="status" className={styles.quiet}>
        {hits === undefined
          ? ''
          : hits.length === 0
            ? 'Nothing at the destination was once there.'
            : formatCounted(hits.length, 'place')}
      </Caption1>
      {hits === undefined || hits.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <ul className={styles.list} tabIndex={0} aria-label="Places found">
          {hits.map(({ oldPath, newUrl }) => (
            <li key={newUrl}>
              <Link href={newUrl} target="_blank" rel="noreferrer">
                {newUrl}
              </Link>
              <Caption1 className={styles.quiet}>{oldPath}</Caption1>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
