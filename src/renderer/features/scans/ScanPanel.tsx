import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  Badge,
  Body1,
  Button,
  Caption1,
  makeStyles,
  Spinner,
  tokens,
} from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { ScanIssue, ScanItem, ScanView } from '../../../shared/contract/scans.ts'
import { type NameRules, nameRulesSchema } from '../../../shared/domain/settings.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatBytes, formatCount, formatCounted } from '../../format.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { SidePanel } from '../../ui/SidePanel.tsx'
import { AccessMatrix } from '../identity/AccessMatrix.tsx'
import { NameControls } from '../settings/SettingsForm.tsx'
import { ReadinessBadge } from './ReadinessBadge.tsx'

const useStyles = makeStyles({
  quiet: { color: tokens.colorNeutralForeground2 },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
  },
  fact: { margin: 0, fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' },
  head: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  items: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column' },
  item: {
    padding: `${tokens.spacingVerticalXS} 0`,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  new: { color: tokens.colorStatusSuccessForeground1, display: 'block' },
  rules: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS, paddingBottom: tokens.spacingVerticalM },
})

const EFFECTS = {
  blocks: { label: 'stays behind', color: 'danger' },
  renames: { label: 'new name', color: 'informative' },
  warns: { label: 'travels', color: 'subtle' },
} as const satisfies Record<ScanIssue['effect'], { readonly label: string; readonly color: string }>

/** One source: its numbers, and its issues down to the single item. */
export function ScanPanel({ scan, onClose }: { readonly scan: ScanView; readonly onClose: () => void }) {
  const styles = useStyles()
  return (
    <SidePanel title={scan.name} onClose={onClose} below={<ReadinessBadge scan={scan} />}>
      <dl className={styles.facts}>
        <dt className={styles.quiet}>Source</dt>
        <dd className={styles.fact}>{scan.source.path}</dd>
        {scan.destination ? (
          <>
            <dt className={styles.quiet}>Judged for</dt>
            <dd className={styles.fact}>{describeDestination(scan.destination)}</dd>
          </>
        ) : null}
        <dt className={styles.quiet}>Found</dt>
        <dd className={styles.fact}>
          {formatCounted(scan.files, 'file')} in {formatCounted(scan.folders, 'folder')}, {formatBytes(scan.bytes)}
        </dd>
        {scan.travels === undefined ? null : (
          <>
            <dt className={styles.quiet}>Would travel</dt>
            <dd className={styles.fact}>
              {formatCounted(scan.travels, 'file')}, {formatBytes(scan.travelBytes ?? 0)}
            </dd>
          </>
        )}
      </dl>
      {scan.destination ? null : (
        <Caption1 className={styles.quiet}>
          Scanned without a destination: path lengths are judged once you choose one, when you review the migration.
        </Caption1>
      )}
      {scan.error ? <ErrorNote title="The scan failed." error={scan.error} /> : null}
      {scan.state === 'running' || scan.state === 'waiting' ? <Spinner label="Scanning; issues follow at the end" /> : null}
      {scan.state === 'done' && scan.issues.length === 0 ? <Body1>No issues: everything can move as it is.</Body1> : null}
      {scan.state === 'done' && scan.hasAccess === true ? <AccessMatrix scanId={scan.id} /> : null}
      <Accordion collapsible multiple>
        {scan.issues.map((issue) => (
          <AccordionItem key={issue.code} value={issue.code}>
            <AccordionHeader>
              <span className={styles.head}>
                {issue.title} · {formatCount(issue.itemCount)}{' '}
                <Badge appearance="tint" color={EFFECTS[issue.effect].color}>
                  {EFFECTS[issue.effect].label}
                </Badge>
              </span>
            </AccordionHeader>
            <AccordionPanel>
              <IssueItems scan={scan} issue={issue} />
            </AccordionPanel>
          </AccordionItem>
        ))}
      </Accordion>
    </SidePanel>
  )
}

function IssueItems({ scan, issue }: { readonly scan: ScanView; readonly issue: ScanIssue }) {
  const styles = useStyles()
  const { call } = useBridge()
  const [items, setItems] = useState<readonly ScanItem[]>([])
  const [next, setNext] = useState<number>()
  const [error, setError] = useState<WireError>()
  const [isReading, setIsReading] = useState(true)
  const [rules, setRules] = useState<NameRules>(() => nameRulesSchema.parse({}))
  const [isKept, setIsKept] = useState(false)
  const canRename = issue.effect === 'renames'

  async function read(afterId: number): Promise<void> {
    setIsReading(true)
    const reply = await call('scans.items', { scanId: scan.id, code: issue.code, afterId, ...(canRename ? { rules } : {}) })
    setIsReading(false)
    if ('error' in reply) return setError(reply.error)
    setError(undefined)
    setItems((before) => (afterId === 0 ? reply.ok.items : [...before, ...reply.ok.items]))
    setNext(reply.ok.nextAfterId)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rules give other names
  useEffect(() => {
    void read(0)
  }, [rules])

  async function keepRules(): Promise<void> {
    const current = await call('settings.read', {})
    if ('error' in current) return setError(current.error)
    const reply = await call('settings.save', { chosen: { ...current.ok.chosen, nameRules: rules } })
    if ('error' in reply) setError(reply.error)
    else setIsKept(true)
  }

  return (
    <>
      <Caption1 block className={styles.quiet}>
        {issue.fix}
      </Caption1>
      {canRename ? (
        <div className={styles.rules}>
          <NameControls
            rules={rules}
            onChange={(changed) => {
              setRules(changed)
              setIsKept(false)
            }}
          />
          <div>
            <Button size="small" disabled={isKept} onClick={() => void keepRules()}>
              {isKept ? 'Used for new migrations' : 'Use these rules for new migrations'}
            </Button>
          </div>
        </div>
      ) : null}
      {error ? <ErrorNote error={error} /> : null}
      <ul className={styles.items}>
        {items.map((item) => (
          <li key={item.id} className={styles.item}>
            <Body1 block>{item.path}</Body1>
            {item.newName === undefined ? null : <Caption1 className={styles.new}>→ {item.newName}</Caption1>}
            <Caption1 className={styles.quiet}>
              {item.details.join(' ')} {item.kind === 'file' ? formatBytes(item.sizeBytes) : ''}
            </Caption1>
          </li>
        ))}
      </ul>
      {isReading ? <Spinner size="tiny" label="Reading" /> : null}
      {next === undefined || isReading ? null : (
        <Button size="small" onClick={() => void read(next)}>
          Show more
        </Button>
      )}
    </>
  )
}
