import { Checkbox, makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { memo, type ReactNode, startTransition, useEffect, useRef, useState } from 'react'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** As in grid-template-columns. */
  readonly width: string
  readonly cell: (row: Row) => ReactNode
}

/** Which rows are ticked, by key. `label` names a row for people who do not see it. */
export interface RowSelection<Row> {
  readonly selected: ReadonlySet<string>
  readonly label: (row: Row) => string
  readonly onSelect: (rows: readonly Row[], isSelected: boolean) => void
}

const ROWS_AROUND = 6
const ROW_HEIGHT_PX = 56
const CHECK_WIDTH = '40px'

const useStyles = makeStyles({
  root: {
    overflow: 'auto',
    flexGrow: 1,
    minHeight: '160px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    contain: 'strict',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  row: {
    display: 'grid',
    alignItems: 'center',
    boxSizing: 'border-box',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    contain: 'layout style',
    // The hover of cards is too light for links in the dark.
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
  },
  current: {
    backgroundColor: tokens.colorNeutralBackground3,
    boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}`,
  },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    height: '36px',
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    backgroundColor: tokens.colorNeutralBackground2,
    ':hover': { backgroundColor: tokens.colorNeutralBackground2 },
  },
  cell: { padding: `0 ${tokens.spacingHorizontalM}`, minWidth: 0, overflow: 'hidden' },
  tick: { width: '16px', height: '16px', margin: 0, accentColor: tokens.colorCompoundBrandBackground },
  check: { padding: 0, display: 'flex', justifyContent: 'center' },
})

/** A table of any length that renders only the rows in sight. Rows are of one height. */
export function VirtualTable<Row>(props: {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly currentKey?: string | undefined
  readonly selection?: RowSelection<Row>
  readonly rowHeightPx?: number
  readonly minWidthPx?: number
}) {
  const styles = useStyles()
  const { rows, rowKey, selection, rowHeightPx = ROW_HEIGHT_PX } = props
  const box = useRef<HTMLElement>(null)
  const [sight, setSight] = useState({ first: 0, end: 20 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    // Only a move over a row's border renders anything.
    const look = () => {
      const first = Math.floor(element.scrollTop / rowHeightPx) - ROWS_AROUND
      const end = first + Math.ceil(element.clientHeight / rowHeightPx) + 1 + 2 * ROWS_AROUND
      // In slices: a jump over thousands of rows must not hold up the next move.
      startTransition(() => setSight((before) => (before.first === first && before.end === end ? before : { first, end })))
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [rowHeightPx])
  const end = Math.min(rows.length, sight.end)
  const first = Math.max(0, Math.min(sight.first, end - 1))
  // A line on the screen keeps its element and shows another row: making and removing elements is what costs time while scrolling.
  const lineCount = sight.end - sight.first
  const widths = [...(selection ? [CHECK_WIDTH] : []), ...props.columns.map(({ width }) => width)]
  const columns = { gridTemplateColumns: widths.join(' ') }
  const selectedCount = selection === undefined ? 0 : selection.selected.size
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section ref={box} className={styles.root} tabIndex={0} aria-label={props.label}>
      {/* biome-ignore lint/a11y/useSemanticElements: only rows in sight exist, which a table element cannot lay out */}
      <div role="table" aria-label={props.label} aria-rowcount={rows.length + 1} style={{ minWidth: props.minWidthPx ?? 900 }}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row of a table, not of a grid */}
        <div role="row" aria-rowindex={1} className={mergeClasses(styles.row, styles.head)} style={columns}>
          {selection ? (
            // biome-ignore lint/a11y: as above
            <div role="columnheader" className={styles.check}>
              <Checkbox
                aria-label="Select all"
                checked={selectedCount === 0 ? false : rows.every((row) => selection.selected.has(rowKey(row))) ? true : 'mixed'}
                onChange={(_, { checked }) => selection.onSelect(rows, checked === true)}
              />
            </div>
          ) : null}
          {props.columns.map(({ key, title }) => (
            // biome-ignore lint/a11y: as above
            <div key={key} role="columnheader" className={styles.cell}>
              {title}
            </div>
          ))}
        </div>
        <div style={{ height: first * rowHeightPx }} />
        {rows.slice(first, end).map((row, index) => {
          const key = rowKey(row)
          return (
            <TableRow
              // biome-ignore lint/suspicious/noArrayIndexKey: the line is what stays, as said above
              key={(first + index) % lineCount}
              row={row}
              place={first + index + 2}
              columns={props.columns}
              widths={columns.gridTemplateColumns}
              heightPx={rowHeightPx}
              isCurrent={key === props.currentKey}
              isSelected={selection?.selected.has(key) === true}
              label={selection?.label}
              onSelect={selection?.onSelect}
            />
          )
        })}
        <div style={{ height: (rows.length - end) * rowHeightPx }} />
      </div>
    </section>
  )
}

interface TableRowProps<Row> {
  readonly row: Row
  /** As counted from the head. */
  readonly place: number
  readonly columns: readonly Column<Row>[]
  readonly widths: string
  readonly heightPx: number
  readonly isCurrent: boolean
  readonly isSelected: boolean
  readonly label: RowSelection<Row>['label'] | undefined
  readonly onSelect: RowSelection<Row>['onSelect'] | undefined
}

function PlainTableRow<Row>(props: TableRowProps<Row>) {
  const styles = useStyles()
  const { row, label, onSelect } = props
  return (
    // biome-ignore lint/a11y: rows of a table element cannot be laid out like this
    <div
      role="row"
      aria-rowindex={props.place}
      {...(props.isCurrent ? { 'aria-current': true } : {})}
      className={mergeClasses(styles.row, props.isCurrent && styles.current)}
      style={{ gridTemplateColumns: props.widths, height: props.heightPx }}
    >
      {onSelect ? (
        // biome-ignore lint/a11y: as above
        <div role="cell" className={styles.check}>
          {/* Of the browser: hundreds of these come and go while somebody scrolls. */}
          <input
            type="checkbox"
            className={styles.tick}
            aria-label={`Select ${label?.(row) ?? ''}`}
            checked={props.isSelected}
            onChange={(event) => onSelect([row], event.target.checked)}
          />
        </div>
      ) : null}
      {props.columns.map(({ key, cell }) => (
        // biome-ignore lint/a11y: as above
        <div key={key} role="cell" className={styles.cell}>
          {cell(row)}
        </div>
      ))}
    </div>
  )
}

/** A row that stays in sight is not made again when others come and go. */
const TableRow = memo(PlainTableRow) as typeof PlainTableRow
