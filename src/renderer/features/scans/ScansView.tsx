import { Button, Caption1, Checkbox, Field, Input, Link, makeStyles, Text, Tooltip, tokens } from '@fluentui/react-components'
import { ArrowRightRegular, DeleteRegular, DocumentSearchRegular, StopRegular } from '@fluentui/react-icons'
import { type FormEvent, useMemo, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { ScanView } from '../../../shared/contract/scans.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { formatBytes, formatCount, formatCounted, formatMoment } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx'
import { ReadinessBadge } from './ReadinessBadge.tsx'
import { ScanPanel } from './ScanPanel.tsx'

const useStyles = makeStyles({
  form: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM, flexShrink: 0 },
  field: { flexGrow: 1, minWidth: '260px', maxWidth: '640px' },
  line: { display: 'block', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2, display: 'block' },
})

/** Can these sources go as they are, and what would become of their files? */
export function ScansView() {
  const styles = useStyles()
  const { call, capabilities, native } = useBridge()
  const start = useCommand('scans.start')
  const scans = useApp(useShallow((state) => Object.values(state.scans).sort((a, b) => b.createdAt.localeCompare(a.createdAt))))
  const scanId = useApp((state) => state.scanId)
  const openScan = useApp((state) => state.openScan)
  const planSources = useApp((state) => state.planSources)
  const [path, setPath] = useState('')
  const [withAccess, setWithAccess] = useState(false)
  const [accessList, setAccessList] = useState('')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const current = scans.find(({ id }) => id === scanId)
  const chosen = scans.filter(({ id, state }) => selected.has(id) && state === 'done')
  const columns = useMemo<readonly Column<ScanView>[]>(
    () => [
      { key: 'source', title: 'Source', width: 'minmax(200px, 3fr)', cell: (scan) => <SourceCell scan={scan} /> },
      { key: 'readiness', title: 'Readiness', width: '220px', cell: (scan) => <ReadinessCell scan={scan} /> },
      {
        key: 'size',
        title: 'Found',
        width: 'minmax(120px, 1fr)',
        cell: (scan) => (
          <>
            <Text className={styles.line}>{formatCounted(scan.files, 'file')}</Text>
            <Caption1 className={styles.quiet}>{formatBytes(scan.bytes)}</Caption1>
          </>
        ),
      },
      {
        key: 'issues',
        title: 'Issues',
        width: 'minmax(150px, 1.4fr)',
        cell: ({ state, renamed, blocked }) =>
          state === 'done' ? (
            <>
              <Text className={styles.line}>{formatCounted(blocked ?? 0, 'item stays', 'items stay')} behind</Text>
              <Caption1 className={styles.quiet}>{formatCounted(renamed ?? 0, 'new name')}</Caption1>
            </>
          ) : null,
      },
      {
        key: 'actions',
        title: 'Actions',
        width: '72px',
        cell: (scan) =>
          scan.state === 'running' || scan.state === 'waiting' ? (
            <Tooltip relationship="label" content={`Stop scanning ${scan.name}`}>
              <Button appearance="subtle" icon={<StopRegular />} onClick={() => void call('scans.cancel', { scanId: scan.id })} />
            </Tooltip>
          ) : (
            <Tooltip relationship="label" content={`Remove the scan of ${scan.name}`}>
              <Button
                appearance="subtle"
                icon={<DeleteRegular />}
                onClick={() => void call('scans.remove', { scanId: scan.id })}
              />
            </Tooltip>
          ),
      },
    ],
    [call, styles],
  )

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    const wanted = path.trim()
    if (wanted === '') return
    const lists = accessList.trim()
    const source = { kind: 'fileShare' as const, path: wanted, ...(withAccess && lists !== '' ? { accessListFile: lists } : {}) }
    const result = await start.run({ scans: [{ source, ...(withAccess ? { settings: { permissions: 'folders' } } : {}) }] })
    if (result) setPath('')
  }

  async function browse(): Promise<void> {
    const folder = await native.chooseFolder?.()
    if (folder !== undefined) setPath(folder)
  }

  return (
    <Page
      title="Scans"
      panel={current ? <ScanPanel key={current.id} scan={current} onClose={() => openScan(undefined)} /> : null}
      actions={
        scans.length > 0 ? (
          <Button
            appearance="primary"
            icon={<ArrowRightRegular />}
            disabled={chosen.length === 0}
            onClick={() => planSources(chosen.map(({ source }) => source.path))}
          >
            {chosen.length === 0 ? 'Copy to migrations' : `Copy ${formatCounted(chosen.length, 'source')} to migrations`}
          </Button>
        ) : null
      }
    >
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Field label="Folder or share to scan" className={styles.field}>
          <Input
            value={path}
            placeholder={'\\\\server\\share or /srv/share'}
            spellCheck={false}
            onChange={(_, { value }) => setPath(value)}
          />
        </Field>
        {capabilities.nativeDialogs ? <Button onClick={() => void browse()}>Browse…</Button> : null}
        <Checkbox
          label="Look at permissions too"
          checked={withAccess}
          onChange={(_, { checked }) => setWithAccess(checked === true)}
        />
        {withAccess ? (
          <Field label="Saved access lists (icacls)" className={styles.field}>
            <Input
              value={accessList}
              placeholder="Only where this computer cannot read them itself"
              spellCheck={false}
              onChange={(_, { value }) => setAccessList(value)}
            />
          </Field>
        ) : null}
        <Button type="submit" disabled={path.trim() === '' || start.isBusy}>
          Scan
        </Button>
      </form>
      {start.error ? <ErrorNote title="The scan did not start." error={start.error} /> : null}
      {scans.length === 0 ? (
        <EmptyState
          icon={<DocumentSearchRegular />}
          title="Nothing is scanned yet"
          text="A scan reads names, sizes and dates and changes nothing. It tells what can move, what gets a new name, and what stays behind and why."
        />
      ) : (
        <VirtualTable
          label="Scans"
          columns={current ? columns.filter(({ key }) => key === 'source' || key === 'readiness') : columns}
          rows={scans}
          rowKey={({ id }) => id}
          currentKey={scanId}
          minWidthPx={current ? 440 : 760}
          selection={{
            selected,
            label: ({ name }) => name,
            onSelect: (rows, isSelected) =>
              setSelected((before) => {
                const next = new Set(before)
                for (const { id } of rows) {
                  if (isSelected) next.add(id)
                  else next.delete(id)
                }
                return next
              }),
          }}
        />
      )}
    </Page>
  )
}

function SourceCell({ scan }: { readonly scan: ScanView }) {
  const styles = useStyles()
  const openScan = useApp((state) => state.openScan)
  const where = scan.destination ? `${scan.source.path} → ${describeDestination(scan.destination)}` : scan.source.path
  return (
    <>
      <Link as="button" className={styles.line} onClick={() => openScan(scan.id)}>
        {scan.name}
      </Link>
      <Caption1 className={`${styles.line} ${styles.quiet}`} title={where}>
        {where}
      </Caption1>
    </>
  )
}

function ReadinessCell({ scan }: { readonly scan: ScanView }) {
  const styles = useStyles()
  return (
    <>
      <ReadinessBadge scan={scan} />
      <Caption1 className={styles.quiet}>
        {scan.state === 'running' ? `${formatCount(scan.folders)} folders so far` : formatMoment(scan.endedAt ?? scan.createdAt)}
      </Caption1>
    </>
  )
}
