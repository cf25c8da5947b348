import {
  Button,
  Caption1,
  Checkbox,
  Input,
  Link,
  makeStyles,
  mergeClasses,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import type { ScanView } from '../../../shared/contract/scans.ts'
import { describeDestination } from '../../../shared/domain/task.ts'
import { formatBytes, formatCount, formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { destinationOf, lastPart, type Pair } from './plan.ts'

/** Every row has fields to edit; more are reviewed in a file. */
const SHOWN = 200

const useStyles = makeStyles({
  box: { overflowX: 'auto', flexShrink: 0 },
  table: { minWidth: '860px' },
  narrow: { width: '48px' },
  cell: { paddingTop: tokens.spacingVerticalXS, paddingBottom: tokens.spacingVerticalXS, verticalAlign: 'top' },
  line: { display: 'block', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  name: { width: '100%', minWidth: 0 },
})

export function ReviewTable({ pairs, clashes }: { readonly pairs: readonly Pair[]; readonly clashes: ReadonlySet<string> }) {
  const styles = useStyles()
  return (
    <div className={styles.box}>
      <Table aria-label="Migrations to review" size="small" className={styles.table}>
        <TableHeader>
          <TableRow>
            <TableHeaderCell>Name</TableHeaderCell>
            <TableHeaderCell>From</TableHeaderCell>
            <TableHeaderCell>To</TableHeaderCell>
            <TableHeaderCell>Scan</TableHeaderCell>
            <TableHeaderCell className={styles.narrow} aria-label="Remove" />
          </TableRow>
        </TableHeader>
        <TableBody>
          {pairs.slice(0, SHOWN).map((pair) => (
            <ReviewRow key={pair.id} pair={pair} isClashing={clashes.has(pair.id)} />
          ))}
        </TableBody>
      </Table>
      {pairs.length > SHOWN ? <Caption1>and {formatCount(pairs.length - SHOWN)} more, with their own names</Caption1> : null}
    </div>
  )
}

function ReviewRow({ pair, isClashing }: { readonly pair: Pair; readonly isClashing: boolean }) {
  const styles = useStyles()
  const scan = useApp((state) => (pair.scanId === undefined ? undefined : state.scans[pair.scanId]))
  const changePair = useApp((state) => state.changePair)
  const removePairs = useApp((state) => state.removePairs)
  const where = describeDestination(destinationOf(pair))
  return (
    <TableRow>
      <TableCell className={styles.cell}>
        <Input
          className={styles.name}
          aria-label={`Name of ${pair.path}`}
          value={pair.name}
          maxLength={255}
          onChange={(_, { value }) => changePair(pair.id, { name: value })}
        />
      </TableCell>
      <TableCell className={styles.cell}>
        <span className={styles.line} title={pair.path}>
          {lastPart(pair.path)}
        </span>
        <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={pair.path}>
          {pair.path}
        </Caption1>
      </TableCell>
      <TableCell className={styles.cell}>
        <span className={mergeClasses(styles.line, isClashing && styles.bad)} title={where}>
          {pair.ontoTitle}
          {pair.hasOwnFolder ? ` ▸ ${lastPart(pair.path)}` : ''}
        </span>
        <Checkbox
          size="medium"
          label="in a folder of its own name"
          checked={pair.hasOwnFolder}
          onChange={(_, { checked }) => changePair(pair.id, { hasOwnFolder: checked === true, scanId: undefined })}
        />
      </TableCell>
      <TableCell className={styles.cell}>
        <ScanSummary scan={scan} />
      </TableCell>
      <TableCell className={styles.cell}>
        <Button
          size="small"
          appearance="subtle"
          icon={<DismissRegular />}
          aria-label={`Remove ${pair.path}`}
          onClick={() => removePairs([pair.id])}
        />
      </TableCell>
    </TableRow>
  )
}

function ScanSummary({ scan }: { readonly scan: ScanView | undefined }) {
  const styles = useStyles()
  const openScan = useApp((state) => state.openScan)
  if (!scan) return <Caption1 className={styles.quiet}>not scanned</Caption1>
  if (scan.state === 'failed')
    return <Caption1 className={styles.bad}>{`${scan.error?.message ?? 'failed'} ${scan.error?.fix ?? ''}`}</Caption1>
  if (scan.state === 'canceled') return <Caption1 className={styles.quiet}>stopped</Caption1>
  if (scan.state !== 'done')
    return (
      <Caption1 className={styles.quiet}>
        {scan.state === 'waiting' ? 'waits' : `${formatCount(scan.files)} files so far`}
      </Caption1>
    )
  return (
    <>
      <span className={styles.line}>
        {formatCounted(scan.files, 'file')}, {formatBytes(scan.bytes)}
      </span>
      {scan.issues.length === 0 ? (
        <Caption1 className={styles.quiet}>no issues</Caption1>
      ) : (
        <Link as="button" onClick={() => openScan(scan.id)}>
          {issuesInWords(scan)}
        </Link>
      )}
    </>
  )
}

/** `0 new names, 1 stay behind`; where all travel as they are, that there is something to know. */
function issuesInWords({ renamed = 0, blocked = 0, issues }: ScanView): string {
  if (renamed === 0 && blocked === 0)
    return `all travel, ${formatCounted(
      issues.reduce((sum, { itemCount }) => sum + itemCount, 0),
      'note',
    )}`
  return `${formatCounted(renamed, 'new name')}, ${formatCount(blocked)} stay behind`
}
