import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef, useState } from 'react'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** As in grid-template-columns. */
  readonly width: string
  readonly cell: (row: Row) => ReactNode
}

const ROW_HEIGHT_PX = 56
const ROWS_AROUND = 8

const useStyles = makeStyles({
  root: {
    overflow: 'auto',
    flexGrow: 1,
    minHeight: '160px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  table: { minWidth: '900px' },
  row: {
    display: 'grid',
    alignItems: 'center',
    height: `${ROW_HEIGHT_PX}px`,
    boxSizing: 'border-box',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
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
})

/** A table of any length that renders only the rows in sight. Rows are of one height. */
export function VirtualTable<Row>(props: {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}) {
  const styles = useStyles()
  const box = useRef<HTMLElement>(null)
  const [sight, setSight] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => setSight({ top: element.scrollTop, height: element.clientHeight })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  const first = Math.max(0, Math.floor(sight.top / ROW_HEIGHT_PX) - ROWS_AROUND)
  const end = Math.min(props.rows.length, Math.ceil((sight.top + sight.height) / ROW_HEIGHT_PX) + ROWS_AROUND)
  const columns = { gridTemplateColumns: props.columns.map(({ width }) => width).join(' ') }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section ref={box} className={styles.root} tabIndex={0} aria-label={props.label}>
      {/* biome-ignore lint/a11y/useSemanticElements: only rows in sight exist, which a table element cannot lay out */}
      <div role="table" aria-label={props.label} aria-rowcount={props.rows.length + 1} className={styles.table}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row of a table, not of a grid */}
        <div role="row" aria-rowindex={1} className={mergeClasses(styles.row, styles.head)} style={columns}>
          {props.columns.map(({ key, title }) => (
            // biome-ignore lint/a11y: as above
            <div key={key} role="columnheader" className={styles.cell}>
              {title}
            </div>
          ))}
        </div>
        <div style={{ height: first * ROW_HEIGHT_PX }} />
        {props.rows.slice(first, end).map((row, index) => (
          // biome-ignore lint/a11y: as above
          <div key={props.rowKey(row)} role="row" aria-rowindex={first + index + 2} className={styles.row} style={columns}>
            {props.columns.map(({ key, cell }) => (
              // biome-ignore lint/a11y: as above
              <div key={key} role="cell" className={styles.cell}>
                {cell(row)}
              </div>
            ))}
          </div>
        ))}
        <div style={{ height: (props.rows.length - end) * ROW_HEIGHT_PX }} />
      </div>
    </section>
  )
}
