import { Body1, Button, Caption1, Input, Link, makeStyles, Spinner, Switch, Text, tokens } from '@fluentui/react-components'
import { ArrowDownloadRegular, ArrowUploadRegular, PeopleRegular } from '@fluentui/react-icons'
import { type ChangeEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { IdentityView } from '../../../shared/contract/identities.ts'
import { useCommand } from '../../bridgeContext.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { saveFile } from '../../saveFile.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { IdentityPanel } from './IdentityPanel.tsx'
import { matches, targetWords, wayWords } from './identityWords.ts'

const useStyles = makeStyles({
  line: { display: 'block', maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
  nobody: { color: tokens.colorStatusDangerForeground1 },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM, flexShrink: 0 },
  number: { fontVariantNumeric: 'tabular-nums' },
})

/** Who are the accounts of the sources, and what stays behind as long as nobody says? */
export function PeopleView() {
  const styles = useStyles()
  const read = useCommand('identities.list')
  const put = useCommand('identities.put')
  const remove = useCommand('identities.remove')
  const take = useCommand('identities.import')
  const give = useCommand('identities.export')
  const [all, setAll] = useState<readonly IdentityView[]>()
  const [search, setSearch] = useState('')
  const [unmappedOnly, setUnmappedOnly] = useState(false)
  const [openSource, setOpenSource] = useState<string>()
  const file = useRef<HTMLInputElement>(null)
  const { run } = read

  useEffect(() => {
    void run({}).then((answer) => answer && setAll(answer.identities))
  }, [run])

  async function after(answer: Promise<{ readonly identities: readonly IdentityView[] } | undefined>): Promise<void> {
    const told = await answer
    if (told) setAll(told.identities)
  }

  async function importFile(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const [chosen] = event.target.files ?? []
    event.target.value = ''
    if (chosen) await after(take.run({ text: await chosen.text() }))
  }

  async function exportFile(): Promise<void> {
    const answer = await give.run({})
    if (answer) saveFile('identities.csv', new Blob([answer.csv], { type: 'text/csv' }))
  }

  const shown = useMemo(
    () => (all ?? []).filter((view) => (!unmappedOnly || view.isUnmapped) && matches(view, search)),
    [all, search, unmappedOnly],
  )
  const columns = useMemo<readonly Column<IdentityView>[]>(
    () => [
      {
        key: 'account',
        title: 'Account at the source',
        width: 'minmax(200px, 2fr)',
        cell: (view) => (
          <>
            <Link as="button" className={styles.line} title={view.source} onClick={() => setOpenSource(view.source)}>
              {view.name ?? view.source}
            </Link>
            <Caption1 className={`${styles.line} ${styles.quiet}`}>{view.name === undefined ? '' : view.source}</Caption1>
          </>
        ),
      },
      {
        key: 'target',
        title: 'At the destination',
        width: 'minmax(200px, 2fr)',
        cell: (view) => (
          <>
            <Text className={`${styles.line} ${view.isUnmapped ? styles.nobody : ''}`}>{targetWords(view)}</Text>
            <Caption1 className={`${styles.line} ${styles.quiet}`}>{wayWords(view)}</Caption1>
          </>
        ),
      },
      {
        key: 'suggestions',
        title: 'Might be',
        width: 'minmax(140px, 1.4fr)',
        cell: ({ suggestions }) => {
          const text = suggestions.map(({ target }) => target).join(', ')
          return (
            <Text className={styles.line} title={text}>
              {text}
            </Text>
          )
        },
      },
      {
        key: 'items',
        title: 'Listed on · owns',
        width: '140px',
        cell: ({ listedCount, ownedCount }) => (
          <Text className={styles.number}>
            {formatCount(listedCount)} · {formatCount(ownedCount)}
          </Text>
        ),
      },
    ],
    [styles],
  )
  const open = all?.find(({ source }) => source === openSource)
  const unmapped = (all ?? []).filter(({ isUnmapped }) => isUnmapped)
  const error = read.error ?? put.error ?? remove.error ?? take.error ?? give.error
  return (
    <Page
      title="People"
      panel={
        open ? (
          <IdentityPanel
            key={`${open.source} ${open.target ?? ''}`}
            identity={open}
            isBusy={put.isBusy || remove.isBusy}
            onSettle={(row) => void after(put.run({ rows: [row] }))}
            onTakeBack={(source) => void after(remove.run({ sources: [source] }))}
            onClose={() => setOpenSource(undefined)}
          />
        ) : null
      }
      actions={
        <>
          <input
            ref={file}
            type="file"
            accept=".csv,text/csv"
            hidden
            aria-label="Mapping file"
            onChange={(event) => void importFile(event)}
          />
          <Button icon={<ArrowUploadRegular />} disabled={take.isBusy} onClick={() => file.current?.click()}>
            Import mapping file
          </Button>
          <Button icon={<ArrowDownloadRegular />} disabled={give.isBusy} onClick={() => void exportFile()}>
            Export
          </Button>
        </>
      }
    >
      {error ? <ErrorNote title="That did not work." error={error} /> : null}
      {all === undefined ? (
        read.error ? null : (
          <Spinner label="Looking accounts up" />
        )
      ) : all.length === 0 ? (
        <EmptyState
          icon={<PeopleRegular />}
          title="No accounts are known yet"
          text="Scan a source and look at its permissions, or import a mapping file: the accounts of its access lists appear here, with whom each becomes."
        />
      ) : (
        <>
          <div className={styles.bar}>
            <Input
              aria-label="Find an account"
              placeholder="Find an account"
              value={search}
              onChange={(_, { value }) => setSearch(value)}
            />
            <Switch label="Only nobody" checked={unmappedOnly} onChange={(_, { checked }) => setUnmappedOnly(checked)} />
            <Body1 className={styles.quiet} role="status">
              {formatCounted(all.length, 'account')}, {formatCount(unmapped.length)} of them nobody at the destination.
            </Body1>
          </div>
          <VirtualTable
            label="Accounts"
            columns={open ? columns.filter(({ key }) => key === 'account' || key === 'target') : columns}
            rows={shown}
            rowKey={({ source }) => source}
            currentKey={openSource}
            minWidthPx={open ? 420 : 760}
          />
        </>
      )}
    </Page>
  )
}
