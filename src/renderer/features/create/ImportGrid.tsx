import {
  Button,
  Caption1,
  Input,
  makeStyles,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import type { TaskFileBadRowView, TaskFileProblemView } from '../../../shared/contract/views.ts'
import { formatCount } from '../../format.ts'

/** Every row has four fields to edit; a file with more bad rows is mended in a spreadsheet. */
const SHOWN = 100

const CELLS = [
  { name: 'source', label: 'Source' },
  { name: 'site', label: 'Site, OneDrive or person' },
  { name: 'library', label: 'Library' },
  { name: 'folder', label: 'Folder' },
] as const

const useStyles = makeStyles({
  box: { overflowX: 'auto' },
  table: { minWidth: '900px' },
  narrow: { width: '56px' },
  cell: { verticalAlign: 'top', paddingTop: tokens.spacingVerticalXS, paddingBottom: tokens.spacingVerticalXS },
  input: { width: '100%', minWidth: 0 },
  problem: { display: 'block', color: tokens.colorPaletteRedForeground1, overflowWrap: 'anywhere' },
})

/** Bad rows as they stand in the file, to be mended on the spot; what is wrong stands under its row. */
export function ImportGrid(props: {
  readonly rows: readonly TaskFileBadRowView[]
  readonly problems: readonly TaskFileProblemView[]
  readonly onChange: (row: TaskFileBadRowView) => void
  readonly onRemove: (row: number) => void
}) {
  const styles = useStyles()
  const { rows, problems } = props
  return (
    <div className={styles.box}>
      <Table size="small" aria-label="Rows to mend" className={styles.table}>
        <TableHeader>
          <TableRow>
            <TableHeaderCell className={styles.narrow}>Row</TableHeaderCell>
            {CELLS.map(({ name, label }) => (
              <TableHeaderCell key={name}>{label}</TableHeaderCell>
            ))}
            <TableHeaderCell className={styles.narrow} aria-label="Leave out" />
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.slice(0, SHOWN).map((row) => {
            const flaws = problems.filter((problem) => problem.row === row.row)
            return (
              <TableRow key={row.row}>
                <TableCell className={`${styles.narrow} ${styles.cell}`}>{row.row}</TableCell>
                {CELLS.map(({ name, label }, index) => (
                  <TableCell key={name} className={styles.cell}>
                    <Input
                      className={styles.input}
                      size="small"
                      aria-label={`${label} of row ${row.row}`}
                      aria-invalid={flaws.length > 0}
                      value={row[name]}
                      spellCheck={false}
                      onChange={(_, { value }) => props.onChange({ ...row, [name]: value })}
                    />
                    {index === 0
                      ? flaws.map(({ field, message, fix }) => (
                          <Caption1 key={`${field} ${message}`} className={styles.problem}>
                            {field}: {message} {fix}
                          </Caption1>
                        ))
                      : null}
                  </TableCell>
                ))}
                <TableCell className={`${styles.narrow} ${styles.cell}`}>
                  <Button
                    size="small"
                    appearance="subtle"
                    icon={<DismissRegular />}
                    aria-label={`Leave out row ${row.row}`}
                    onClick={() => props.onRemove(row.row)}
                  />
                </TableCell>
              </TableRow>
            )
          })}
        </TableBody>
      </Table>
      {rows.length > SHOWN ? <Caption1>and {formatCount(rows.length - SHOWN)} more</Caption1> : null}
    </div>
  )
}
