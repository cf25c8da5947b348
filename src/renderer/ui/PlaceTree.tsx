import { Button, Caption1, Checkbox, makeStyles, mergeClasses, Spinner, tokens } from '@fluentui/react-components'
import { ChevronDownRegular, ChevronRightRegular } from '@fluentui/react-icons'
import { type DragEvent, type KeyboardEvent, type ReactElement, type ReactNode, useRef, useState } from 'react'

/** One line of a tree as it stands: flat, in the order of sight. */
export interface TreeRow {
  readonly key: string
  /** 1 at the top. */
  readonly level: number
  readonly title: string
  readonly detail?: string | undefined
  readonly icon?: ReactElement
  readonly isExpandable?: boolean
  readonly isExpanded?: boolean
  readonly isBusy?: boolean
  readonly isSelected?: boolean
  readonly isSelectable?: boolean
  /** A sentence in the place of content, or the way to more of it. */
  readonly kind?: 'note' | 'more'
  readonly extra?: ReactNode
}

const INDENT_PX = 20

const useStyles = makeStyles({
  root: { flexGrow: 1, minHeight: 0, overflow: 'auto', padding: tokens.spacingVerticalXS, outlineStyle: 'none' },
  row: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    minHeight: '36px',
    paddingRight: tokens.spacingHorizontalS,
    borderRadius: tokens.borderRadiusMedium,
    cursor: 'default',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  selected: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Selected },
  },
  over: {
    outline: `2px solid ${tokens.colorBrandStroke1}`,
    outlineOffset: '-2px',
    backgroundColor: tokens.colorBrandBackground2,
  },
  chevron: {
    width: '24px',
    minWidth: '24px',
    height: '24px',
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
  },
  icon: { fontSize: '20px', lineHeight: 0, color: tokens.colorBrandForeground1, flexShrink: 0 },
  text: { minWidth: 0, flexGrow: 1, display: 'flex', flexDirection: 'column' },
  line: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
  extra: { flexShrink: 0, display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
})

/**
 * A tree by the pattern of the Web's authoring practices: one stop for Tab, arrows to walk, Space to select, Enter to act. What is dragged
 * can as well be selected and paired by keys: dragging is a shortcut, never the only way.
 */
export function PlaceTree(props: {
  readonly label: string
  readonly rows: readonly TreeRow[]
  readonly selects: 'many' | 'one'
  readonly onToggle: (key: string) => void
  readonly onSelect: (key: string) => void
  /** Enter, double click, and the line for more. */
  readonly onActivate: (key: string) => void
  readonly onDragStart?: (key: string, data: DataTransfer) => void
  readonly onDrop?: (key: string, data: DataTransfer) => void
}) {
  const styles = useStyles()
  const { rows, selects } = props
  const [current, setCurrent] = useState<string>()
  const [over, setOver] = useState<string>()
  const root = useRef<HTMLDivElement>(null)
  const stop = rows.some(({ key }) => key === current) ? current : rows[0]?.key

  function go(key: string | undefined): void {
    if (key === undefined) return
    setCurrent(key)
    root.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus()
  }

  function onKeyDown(event: KeyboardEvent, row: TreeRow, index: number): void {
    if (event.target !== event.currentTarget) return
    const parent = () => rows.slice(0, index).findLast(({ level }) => level < row.level)?.key
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(rows[index + 1]?.key),
      ArrowUp: () => go(rows[index - 1]?.key),
      Home: () => go(rows[0]?.key),
      End: () => go(rows.at(-1)?.key),
      ArrowRight: () => {
        if (row.isExpandable !== true) return
        if (row.isExpanded === true) go(rows[index + 1]?.key)
        else props.onToggle(row.key)
      },
      ArrowLeft: () => (row.isExpanded === true ? props.onToggle(row.key) : go(parent())),
      ' ': () => props.onSelect(row.key),
      Enter: () => props.onActivate(row.key),
    }
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    move()
  }

  function dropTarget(row: TreeRow) {
    const { onDrop } = props
    if (!onDrop || row.isSelectable !== true) return {}
    return {
      onDragOver: (event: DragEvent) => {
        event.preventDefault()
        event.dataTransfer.dropEffect = 'link'
        if (over !== row.key) setOver(row.key)
      },
      onDragLeave: () => setOver(undefined),
      onDrop: (event: DragEvent) => {
        event.preventDefault()
        event.stopPropagation()
        setOver(undefined)
        onDrop(row.key, event.dataTransfer)
      },
    }
  }

  return (
    <div ref={root} role="tree" aria-label={props.label} aria-multiselectable={selects === 'many'} className={styles.root}>
      {rows.map((row, index) => (
        <div
          key={row.key}
          data-key={row.key}
          role="treeitem"
          tabIndex={row.key === stop ? 0 : -1}
          aria-level={row.level}
          aria-label={row.detail === undefined ? row.title : `${row.title}, ${row.detail}`}
          {...(row.isExpandable === true ? { 'aria-expanded': row.isExpanded === true } : {})}
          {...(row.isSelectable === true ? { 'aria-selected': row.isSelected === true } : { 'aria-selected': false })}
          className={mergeClasses(styles.row, row.isSelected === true && styles.selected, over === row.key && styles.over)}
          style={{ paddingLeft: (row.level - 1) * INDENT_PX }}
          draggable={props.onDragStart !== undefined && row.isSelectable === true}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'link'
            props.onDragStart?.(row.key, event.dataTransfer)
          }}
          onFocus={() => setCurrent(row.key)}
          onClick={() => {
            setCurrent(row.key)
            if (row.kind === 'more') props.onActivate(row.key)
            else if (row.isSelectable === true) props.onSelect(row.key)
            else if (row.isExpandable === true) props.onToggle(row.key)
          }}
          onDoubleClick={() => {
            if (row.isExpandable === true && row.isSelectable === true) props.onToggle(row.key)
          }}
          onKeyDown={(event) => onKeyDown(event, row, index)}
          {...dropTarget(row)}
        >
          <span className={styles.chevron}>
            {row.isBusy === true ? (
              <Spinner size="extra-tiny" aria-label="Reading" />
            ) : row.isExpandable === true ? (
              <Button
                size="small"
                appearance="transparent"
                tabIndex={-1}
                aria-hidden
                icon={row.isExpanded === true ? <ChevronDownRegular /> : <ChevronRightRegular />}
                onClick={(event) => {
                  event.stopPropagation()
                  props.onToggle(row.key)
                }}
              />
            ) : null}
          </span>
          {selects === 'many' && row.isSelectable === true ? (
            <Checkbox checked={row.isSelected === true} tabIndex={-1} aria-hidden input={{ tabIndex: -1, 'aria-hidden': true }} />
          ) : null}
          {row.icon ? (
            <span className={styles.icon} aria-hidden>
              {row.icon}
            </span>
          ) : null}
          <span className={styles.text}>
            <span className={mergeClasses(styles.line, row.kind !== undefined && styles.quiet)} title={row.title}>
              {row.title}
            </span>
            {row.detail === undefined || row.detail === '' ? null : (
              <Caption1 className={mergeClasses(styles.line, styles.quiet)} title={row.detail}>
                {row.detail}
              </Caption1>
            )}
          </span>
          {row.extra ? (
            // biome-ignore lint/a11y/noStaticElementInteractions: keeps clicks on the buttons inside from selecting the row
            // biome-ignore lint/a11y/useKeyWithClickEvents: the buttons inside have keys of their own
            <span className={styles.extra} onClick={(event) => event.stopPropagation()}>
              {row.extra}
            </span>
          ) : null}
        </div>
      ))}
    </div>
  )
}
