import { Button, Card, SearchBox, Spinner, Subtitle2, Tab, TabList, Tooltip } from '@fluentui/react-components'
import {
  AddRegular,
  ArrowClockwiseRegular,
  ChannelRegular,
  FolderAddRegular,
  FolderRegular,
  GlobeRegular,
  LibraryRegular,
  LinkRegular,
  PeopleTeamRegular,
  PersonRegular,
} from '@fluentui/react-icons'
import { type ReactElement, useEffect, useRef, useState } from 'react'
import type { DestinationNode } from '../../../shared/contract/browse.ts'
import { type DestinationSpec, describeDestination } from '../../../shared/domain/task.ts'
import { useBridge } from '../../bridgeContext.ts'
import { PlaceTree, type TreeRow } from '../../ui/PlaceTree.tsx'
import { droppedPaths } from './dragged.ts'
import { NewPlaceDialog } from './NewPlaceDialog.tsx'
import { noteRow, usePaneStyles } from './SourcePane.tsx'
import { type Line, useLazyTree } from './useLazyTree.ts'

const KINDS = {
  sites: { label: 'SharePoint', search: 'Find a site', empty: 'No site was found' },
  people: { label: 'OneDrive', search: 'Find a person', empty: 'Nobody was found' },
  teams: { label: 'Teams', search: 'Find a team', empty: 'No team was found' },
} as const
type Kind = keyof typeof KINDS

const ICONS = {
  site: <GlobeRegular />,
  library: <LibraryRegular />,
  folder: <FolderRegular />,
  person: <PersonRegular />,
  team: <PeopleTeamRegular />,
  channel: <ChannelRegular />,
} as const satisfies Record<DestinationNode['kind'], ReactElement>

const SEARCH_PAUSE_MS = 300

export interface ChosenDestination {
  readonly key: string
  readonly title: string
  readonly destination: DestinationSpec
}

/** Where should it go? What exists can be chosen, what does not exist yet can be named. */
export function DestinationPane(props: {
  readonly chosen: ChosenDestination | undefined
  readonly onChoose: (chosen: ChosenDestination | undefined) => void
  /** Enter on a place, or its button. */
  readonly onPair: (chosen: ChosenDestination) => void
  readonly onDrop: (paths: readonly string[], chosen: ChosenDestination) => void
  readonly selectedCount: number
}) {
  const styles = usePaneStyles()
  const { call, native } = useBridge()
  const [kind, setKind] = useState<Kind>('sites')
  const [search, setSearch] = useState('')
  const [making, setMaking] = useState<DestinationNode>()
  const wanted = useRef('')
  const tree = useLazyTree<DestinationNode>({ keyOf, load })
  const { reload } = tree

  async function load(node: DestinationNode | undefined, cursor: string | undefined) {
    const place = node ? node.opens : { of: kind }
    if (!place) return { nodes: [] }
    const reply = await call('destinations.browse', {
      place,
      ticket: `destination ${node ? keyOf(node) : ''}`.slice(0, 64),
      ...(node || wanted.current === '' ? {} : { search: wanted.current }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    return 'error' in reply ? reply : reply.ok
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another kind of place is another tree
  useEffect(() => {
    const later = setTimeout(
      () => {
        wanted.current = search.trim()
        reload()
      },
      wanted.current === search.trim() ? 0 : SEARCH_PAUSE_MS,
    )
    return () => clearTimeout(later)
  }, [kind, search, reload])

  function chosenOf(key: string): ChosenDestination | undefined {
    const node = tree.byKey.get(key)
    return node?.destination && node.problem === undefined
      ? { key, title: titleOf(node), destination: node.destination }
      : undefined
  }

  const chosenKey = props.chosen?.key
  return (
    <Card className={styles.pane}>
      <div className={styles.head}>
        <Subtitle2 as="h2">Destinations</Subtitle2>
        <Button
          size="small"
          appearance="subtle"
          icon={<ArrowClockwiseRegular />}
          aria-label="Read the destinations again"
          onClick={reload}
        />
      </div>
      <div className={styles.form}>
        <TabList
          size="small"
          selectedValue={kind}
          onTabSelect={(_, { value }) => {
            setKind(value as Kind)
            setSearch('')
            props.onChoose(undefined)
          }}
        >
          {Object.entries(KINDS).map(([value, { label }]) => (
            <Tab key={value} value={value}>
              {label}
            </Tab>
          ))}
        </TabList>
        <SearchBox
          className={styles.field}
          aria-label={KINDS[kind].search}
          placeholder={KINDS[kind].search}
          value={search}
          onChange={(_, { value }) => setSearch(value)}
        />
      </div>
      <div className={styles.tree}>
        {tree.isReading && tree.lines.length === 0 ? (
          <Spinner className={styles.note} size="small" label="Asking Microsoft 365" />
        ) : null}
        <PlaceTree
          label="Destinations"
          selects="one"
          rows={tree.lines.map((line) => destinationRow(line))}
          onToggle={tree.toggle}
          onSelect={(key) => props.onChoose(chosenKey === key ? undefined : chosenOf(key))}
          onActivate={(key) => {
            const line = tree.lines.find((one) => one.key === key)
            if (line && line.kind !== 'node') return tree.more(line.branch)
            const chosen = chosenOf(key)
            if (chosen && props.selectedCount > 0) props.onPair(chosen)
            else tree.toggle(key)
          }}
          onDrop={(key, data) => {
            const chosen = chosenOf(key)
            const paths = droppedPaths(data, native)
            if (chosen && paths.length > 0) props.onDrop(paths, chosen)
          }}
        />
      </div>
      {making ? (
        <NewPlaceDialog
          node={making}
          onClose={() => setMaking(undefined)}
          onMake={(made) => {
            tree.add(keyOf(making), made)
            if (made.destination) props.onChoose({ key: keyOf(made), title: titleOf(made), destination: made.destination })
          }}
        />
      ) : null}
    </Card>
  )

  function destinationRow(line: Line<DestinationNode>): TreeRow {
    if (line.kind !== 'node') return noteRow(line, line.level === 1 ? KINDS[kind].empty : 'No folders inside')
    const { node, key } = line
    const chosen = chosenOf(key)
    const canMake = node.problem === undefined && (node.kind === 'site' || node.destination !== undefined)
    return {
      key,
      level: line.level,
      title: node.title,
      detail: node.problem ?? (node.kind === 'folder' ? undefined : node.detail),
      icon: ICONS[node.kind],
      isExpandable: node.opens !== undefined,
      isExpanded: line.isExpanded,
      isBusy: line.isBusy,
      isSelectable: chosen !== undefined,
      isSelected: chosenKey === key,
      extra: (
        <>
          {canMake && node.kind !== 'team' ? (
            <Tooltip relationship="label" content={`${node.kind === 'site' ? 'New library' : 'New folder'} in ${node.title}`}>
              <Button
                size="small"
                appearance="subtle"
                icon={node.kind === 'site' ? <AddRegular /> : <FolderAddRegular />}
                onClick={() => setMaking(node)}
              />
            </Tooltip>
          ) : null}
          {chosen && props.selectedCount > 0 ? (
            <Tooltip relationship="label" content={`Move the selected folders to ${node.title}`}>
              <Button size="small" appearance="subtle" icon={<LinkRegular />} onClick={() => props.onPair(chosen)} />
            </Tooltip>
          ) : null}
        </>
      ),
    }
  }
}

function keyOf(node: DestinationNode): string {
  if (node.destination) return `${node.kind} ${describeDestination(node.destination)}`
  return `${node.kind} ${node.opens ? JSON.stringify(node.opens) : node.title}`
}

/** What tells the place apart from others of its kind. */
function titleOf({ kind, title, destination }: DestinationNode): string {
  if (!destination) return title
  switch (destination.kind) {
    case 'library':
      return `${destination.siteUrl.replace(/^https:\/\/[^/]+\//, '')} ▸ ${[destination.library, ...destination.folder.split('/')].filter((part) => part !== '').join(' ▸ ')}`
    case 'oneDrive':
      return `OneDrive of ${destination.upn}${destination.folder === '' ? '' : ` ▸ ${destination.folder}`}`
    case 'channel':
      return kind === 'channel' ? `Teams ▸ ${title}` : `Teams ▸ ${destination.folder}`
  }
}
