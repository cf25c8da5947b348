import {
  makeStyles,
  Table,
  TableBody,
  TableCell,
  TableCellLayout,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components'
import { CheckmarkCircleFilled, ErrorCircleFilled } from '@fluentui/react-icons'
import type { CommandResponse } from '../../../shared/contract/commands.ts'

const useStyles = makeStyles({
  ok: { color: tokens.colorStatusSuccessForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
})

/** What the roles and access checks found, and how to mend what failed. */
export function AccessChecks({
  checks,
  label = 'Access checks',
}: {
  readonly checks: CommandResponse<'connection.connect'>['checks']
  readonly label?: string
}) {
  const styles = useStyles()
  return (
    <Table aria-label={label} size="small">
      <TableHeader>
        <TableRow>
          <TableHeaderCell>Check</TableHeaderCell>
          <TableHeaderCell>Found</TableHeaderCell>
          <TableHeaderCell>What to do</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody>
        {checks.map(({ check, ok, found, fix }) => (
          <TableRow key={check}>
            <TableCell>
              <TableCellLayout
                media={
                  ok ? (
                    <CheckmarkCircleFilled className={styles.ok} aria-label="passed" />
                  ) : (
                    <ErrorCircleFilled className={styles.bad} aria-label="failed" />
                  )
                }
              >
                {check}
              </TableCellLayout>
            </TableCell>
            <TableCell>{found}</TableCell>
            <TableCell>{ok ? '' : fix}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  )
}
