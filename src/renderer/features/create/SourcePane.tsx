import {
  Body1,
  Button,
  Card,
  Field,
  Input,
  makeStyles,
  mergeClasses,
  Spinner,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  BeakerRegular,
  ClipboardSearchRegular,
  FolderOpenRegular,
  FolderRegular,
  HistoryRegular,
  HomeRegular,
  StorageRegular,
} from '@fluentui/react-icons'
import { type DragEvent, type FormEvent, type ReactElement, useEffect, useState } from 'react'
import type { SourcePlace } from '../../../shared/contract/browse.ts'
import { useBridge } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { PlaceTree, type TreeRow } from '../../ui/PlaceTree.tsx'
import { droppedPaths, putDragged } from './dragged.ts'
import { lastPart } from './plan.ts'
import { type Line, TOP, useLazyTree } from './useLazyTree.ts'

export interface SourceNode {
  /** A folder can stand in more than one place of the tree. */
  readonly key: string
  readonly path: string
  readonly label: string
  readonly detail: string
  readonly kind: SourcePlace['kind'] | 'recent' | 'folder' | 'typed'
}

const RECENT_MAX = 30

const ICONS = {
  sample: <BeakerRegular />,
  scanned: <ClipboardSearchRegular />,
  recent: <HistoryRegular />,
  home: <HomeRegular />,
  drive: <StorageRegular />,
  folder: <FolderRegular />,
  typed: <FolderOpenRegular />,
} as const satisfies Record<SourceNode['kind'], ReactElement>

export const usePaneStyles = makeStyles({
  pane: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    minWidth: 0,
    minHeight: '300px',
    padding: tokens.spacingHorizontalL,
  },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: tokens.spacingHorizontalS },
  form: { display: 'flex', alignItems: 'flex-end', gap: tokens.spacingHorizontalS },
  field: { flexGrow: 1, minWidth: 0 },
  tree: {
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    minHeight: '220px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    overflow: 'hidden',
  },
  over: { outline: `2px solid ${tokens.colorBrandStroke1}` },
  quiet: { color: tokens.colorNeutralForeground2 },
  note: { padding: tokens.spacingVerticalL, textAlign: 'center' },
})

/** Where is it now? Places of this computer, shares by path, and what was used or scanned before. */
export function SourcePane(props: {
  readonly selected: ReadonlySet<string>
  readonly onSelect: (paths: ReadonlySet<string>) => void
  readonly onActivate: () => void
}) {
  const styles = usePaneStyles()
  const { call, capabilities, native } = useBridge()
  const { selected, onSelect } = props
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isOver, setIsOver] = useState(false)
  const tree = useLazyTree<SourceNode>({ keyOf, load })
  const { reload } = tree
  useEffect(reload, [reload])

  async function load(node: SourceNode | undefined) {
    if (!node) {
      const reply = await call('sources.places', {})
      if ('error' in reply) return reply
      return { nodes: withRecent(reply.ok.places.map(placeNode)) }
    }
    const reply = await call('sources.browse', { path: node.path, ticket: `source ${node.key}`.slice(0, 64) })
    if ('error' in reply) return reply
    const nodes = reply.ok.folders.map(
      ({ name, path }): SourceNode => ({ key: `${node.key}\n${name}`, path, label: name, detail: '', kind: 'folder' }),
    )
    return { nodes }
  }

  function select(path: string): void {
    const next = new Set(selected)
    if (!next.delete(path)) next.add(path)
    onSelect(next)
  }

  /** What stands at the top already is only selected. */
  function append(paths: readonly string[]): void {
    const known = new Set(tree.lines.flatMap((line) => (line.kind === 'node' && line.level === 1 ? [line.node.path] : [])))
    for (const path of paths.filter((one) => !known.has(one))) {
      tree.add(TOP, { key: `typed ${path}`, path, label: lastPart(path), detail: path, kind: 'typed' })
    }
    onSelect(new Set([...selected, ...paths]))
  }

  async function addTyped(event: FormEvent): Promise<void> {
    event.preventDefault()
    const path = typed.trim()
    if (path === '') return setProblem('Name a folder or share.')
    const reply = await call('sources.test', { path })
    if ('error' in reply) return setProblem(`${reply.error.message} ${reply.error.fix ?? ''}`)
    if (!reply.ok.ok) return setProblem(`${reply.ok.found} ${reply.ok.fix ?? ''}`)
    setProblem(undefined)
    setTyped('')
    append([path])
  }

  async function choose(): Promise<void> {
    const chosen = await native.chooseFolder?.()
    if (chosen !== undefined) append([chosen])
  }

  function drop(event: DragEvent): void {
    event.preventDefault()
    setIsOver(false)
    append(droppedPaths(event.dataTransfer, native))
  }

  const dropZone = capabilities.dropGivesPath
    ? {
        onDragOver: (event: DragEvent) => {
          if (![...event.dataTransfer.types].includes('Files')) return
          event.preventDefault()
          setIsOver(true)
        },
        onDragLeave: () => setIsOver(false),
        onDrop: drop,
      }
    : {}
  return (
    <Card className={mergeClasses(styles.pane, isOver && styles.over)} {...dropZone}>
      <div className={styles.head}>
        <Subtitle2 as="h2">Sources</Subtitle2>
        <Button
          size="small"
          appearance="subtle"
          icon={<ArrowClockwiseRegular />}
          aria-label="Read the sources again"
          onClick={reload}
        />
      </div>
      <form className={styles.form} onSubmit={(event) => void addTyped(event)} noValidate>
        <Field
          className={styles.field}
          label="Folder or share"
          {...(problem === undefined ? {} : { validationState: 'error', validationMessage: problem })}
        >
          <Input
            value={typed}
            placeholder={'\\\\server\\share or /srv/share'}
            spellCheck={false}
            onChange={(_, { value }) => {
              setTyped(value)
              setProblem(undefined)
            }}
          />
        </Field>
        <Button type="submit">Add</Button>
        {capabilities.nativeDialogs ? <Button onClick={() => void choose()}>Browse…</Button> : null}
      </form>
      <div className={styles.tree}>
        {tree.isReading && tree.lines.length === 0 ? (
          <Spinner className={styles.note} size="small" label="Looking for sources" />
        ) : null}
        <PlaceTree
          label="Sources"
          selects="many"
          rows={tree.lines.map((line) => sourceRow(line, selected))}
          onToggle={tree.toggle}
          onSelect={(key) => {
            const node = tree.byKey.get(key)
            if (node) select(node.path)
          }}
          onActivate={(key) => {
            const line = tree.lines.find((one) => one.key === key)
            if (line && line.kind !== 'node') return tree.more(line.branch)
            const node = tree.byKey.get(key)
            if (node && !selected.has(node.path)) select(node.path)
            props.onActivate()
          }}
          onDragStart={(key, data) => {
            const node = tree.byKey.get(key)
            if (!node) return
            putDragged(selected.has(node.path) ? [...selected] : [node.path], data)
          }}
        />
      </div>
      {capabilities.dropGivesPath ? <Body1 className={styles.quiet}>Folders can be dropped here from the desktop.</Body1> : null}
    </Card>
  )
}

/** Sources of the newest tasks, behind the sample and what was scanned. */
function withRecent(places: readonly SourceNode[]): readonly SourceNode[] {
  const { order, tasks } = useApp.getState()
  const known = new Set(places.map(({ path }) => path))
  const recent = new Set(order.flatMap((id) => tasks[id]?.task.source.path ?? []).filter((path) => !known.has(path)))
  const nodes = [...recent]
    .slice(0, RECENT_MAX)
    .map((path): SourceNode => ({ key: `recent ${path}`, path, label: lastPart(path), detail: path, kind: 'recent' }))
  const isFirst = ({ kind }: SourceNode) => kind === 'sample' || kind === 'scanned'
  return [...places.filter(isFirst), ...nodes, ...places.filter((place) => !isFirst(place))]
}

const keyOf = (node: SourceNode): string => node.key

function placeNode({ kind, label, path }: SourcePlace): SourceNode {
  const isPath = label === path
  return { key: `${kind} ${path}`, path, label: isPath ? lastPart(path) : label, detail: path, kind }
}

function sourceRow(line: Line<SourceNode>, selected: ReadonlySet<string>): TreeRow {
  if (line.kind !== 'node') return noteRow(line, 'No folders inside')
  const { node } = line
  return {
    key: line.key,
    level: line.level,
    title: node.label,
    detail: node.detail === '' ? undefined : node.detail,
    icon: ICONS[node.kind],
    isExpandable: true,
    isExpanded: line.isExpanded,
    isBusy: line.isBusy,
    isSelectable: true,
    isSelected: selected.has(node.path),
  }
}

/** What stands in the place of content. */
export function noteRow(line: Exclude<Line<unknown>, { kind: 'node' }>, empty: string): TreeRow {
  const place = { key: line.key, level: line.level }
  if (line.kind === 'error')
    return { ...place, kind: 'more', title: `${line.error.message} ${line.error.fix ?? ''} Press Enter to try again.` }
  return line.kind === 'more' ? { ...place, kind: 'more', title: 'Show more' } : { ...place, kind: 'note', title: empty }
}
