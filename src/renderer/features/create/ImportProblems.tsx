import {
  Caption1,
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
import type { TaskFileProblemView } from '../../../shared/contract/views.ts'
import { formatCount } from '../../format.ts'

const SHOWN = 200

const useStyles = makeStyles({
  box: { maxHeight: '360px', overflowY: 'auto' },
  narrow: { width: '64px' },
  cell: {
    overflowWrap: 'anywhere',
    paddingTop: tokens.spacingVerticalXS,
    paddingBottom: tokens.spacingVerticalXS,
    verticalAlign: 'top',
  },
})

/** Which row, which field, what is wrong, what to write instead. */
export function ImportProblems({ problems }: { readonly problems: readonly TaskFileProblemView[] }) {
  const styles = useStyles()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className={styles.box} tabIndex={0} aria-label="Problems">
      <Table size="small" aria-label="Problems by row">
        <TableHeader>
          <TableRow>
            <TableHeaderCell className={styles.narrow}>Row</TableHeaderCell>
            <TableHeaderCell>Field</TableHeaderCell>
            <TableHeaderCell>Value</TableHeaderCell>
            <TableHeaderCell>Problem</TableHeaderCell>
            <TableHeaderCell>What to do</TableHeaderCell>
          </TableRow>
        </TableHeader>
        <TableBody>
          {problems.slice(0, SHOWN).map(({ row, field, value, message, fix }) => (
            <TableRow key={`${row} ${field} ${message}`}>
              <TableCell className={mergeClasses(styles.narrow, styles.cell)}>{row}</TableCell>
              <TableCell className={styles.cell}>{field}</TableCell>
              <TableCell className={styles.cell}>{value}</TableCell>
              <TableCell className={styles.cell}>{message}</TableCell>
              <TableCell className={styles.cell}>{fix}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {problems.length > SHOWN ? <Caption1>and {formatCount(problems.length - SHOWN)} more</Caption1> : null}
    </section>
  )
}
