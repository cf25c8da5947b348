import {
  Badge,
  Body1,
  Button,
  Caption1,
  Link,
  makeStyles,
  ProgressBar,
  SearchBox,
  Select,
  Spinner,
  tokens,
} from '@fluentui/react-components'
import { useCallback, useEffect, useState } from 'react'
import { ITEM_LISTS, type ItemView, type ItemList as ListName } from '../../../shared/contract/taskDetail.ts'
import type { TaskId } from '../../../shared/domain/ids.ts'
import type { ItemState, Verdict } from '../../../shared/domain/item.ts'
import { errorCatalogue } from '../../../shared/errorCatalogue.ts'
import type { ErrorCode, WireError } from '../../../shared/errors.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatBytes } from '../../format.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const LIVE_MS = 2 * SECOND_MS

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'flex',
    flexDirection: 'column',
    gap: '2px',
    padding: `${tokens.spacingVerticalXS} 0`,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  head: { display: 'flex', justifyContent: 'space-between', gap: tokens.spacingHorizontalS },
  badge: { flexShrink: 0, whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

const LISTS = {
  moving: 'On their way now',
  left: 'Left behind',
  renamed: 'With a new name',
  migrated: 'Arrived',
  all: 'All items',
} as const satisfies Record<ListName, string>

const STATES = {
  scanned: 'Scanned',
  filteredOut: 'Filtered out',
  skipped: 'Skipped',
  planned: 'Planned',
  uploading: 'Uploading',
  uploaded: 'Uploaded',
  migrated: 'Migrated',
  failed: 'Failed',
} as const satisfies Record<ItemState, string>

const VERDICTS = {
  exact: 'proven exact',
  rewritten: 'rewritten by the service, content equal',
  different: 'different at the destination',
  unverifiable: 'cannot be proven',
} as const satisfies Record<Verdict, string>

/** The items of one round, down to the single file; live while they move. */
export function ItemList(props: {
  readonly taskId: TaskId
  readonly round: number
  readonly isRunning: boolean
  readonly code: ErrorCode | undefined
  readonly onClearCode: () => void
}) {
  const styles = useStyles()
  const { call } = useBridge()
  const { taskId, round, isRunning, code } = props
  const [list, setList] = useState<ListName>(code === undefined && isRunning ? 'moving' : 'left')
  const [search, setSearch] = useState('')
  const [items, setItems] = useState<readonly ItemView[]>([])
  const [next, setNext] = useState<number>()
  const [error, setError] = useState<WireError>()
  const [isReading, setIsReading] = useState(true)

  const read = useCallback(
    async (afterId: number): Promise<void> => {
      const reply = await call('tasks.items', {
        taskId,
        round,
        list,
        afterId,
        ...(code === undefined ? {} : { code }),
        ...(search.trim() === '' ? {} : { search: search.trim() }),
      })
      setIsReading(false)
      if ('error' in reply) return setError(reply.error)
      setError(undefined)
      setItems((before) => (afterId === 0 ? reply.ok.items : [...before, ...reply.ok.items]))
      setNext(reply.ok.nextAfterId)
    },
    [call, taskId, round, list, code, search],
  )
  useEffect(() => {
    setIsReading(true)
    void read(0)
    if (!isRunning || list !== 'moving') return
    const again = setInterval(() => void read(0), LIVE_MS)
    return () => clearInterval(again)
  }, [read, isRunning, list])

  return (
    <>
      <div className={styles.filters}>
        <Select
          aria-label="Which items"
          value={list}
          onChange={(_, { value }) => setList(ITEM_LISTS.find((name) => name === value) ?? 'all')}
        >
          {ITEM_LISTS.map((name) => (
            <option key={name} value={name}>
              {LISTS[name]}
            </option>
          ))}
        </Select>
        <SearchBox
          aria-label="Search by path"
          placeholder="Part of the path"
          value={search}
          onChange={(_, { value }) => setSearch(value)}
        />
      </div>
      {code === undefined ? null : (
        <Caption1>
          Only: {errorCatalogue[code].title}. <Link onClick={props.onClearCode}>Show all</Link>
        </Caption1>
      )}
      {error ? <ErrorNote error={error} /> : null}
      {isReading && items.length === 0 ? <Spinner size="tiny" label="Reading the journal" /> : null}
      {!isReading && items.length === 0 && !error ? (
        <Body1 className={styles.quiet}>{list === 'moving' ? 'Nothing is on its way right now.' : 'No such items.'}</Body1>
      ) : null}
      <ul className={styles.list} aria-label={LISTS[list]}>
        {items.map((item) => (
          <li key={item.id} className={styles.item}>
            <div className={styles.head}>
              <Body1>{item.path}</Body1>
              <Badge
                className={styles.badge}
                appearance="tint"
                color={item.state === 'failed' ? 'danger' : item.state === 'migrated' ? 'success' : 'informative'}
              >
                {STATES[item.state]}
              </Badge>
            </div>
            {item.newName === undefined ? null : <Caption1>→ {item.newName}</Caption1>}
            {item.state === 'uploading' && item.sizeBytes > 0 ? (
              <ProgressBar value={Math.min(1, item.acceptedBytes / item.sizeBytes)} aria-label={`Progress of ${item.path}`} />
            ) : null}
            <Caption1 className={styles.quiet}>
              {[
                ...(item.kind === 'file' ? [formatBytes(item.sizeBytes)] : [item.kind]),
                ...(item.message === undefined ? [] : [item.message]),
                ...(item.verdict === undefined ? [] : [VERDICTS[item.verdict]]),
                ...(item.route === undefined ? [] : [item.route === 'package' ? 'in a package' : 'by upload session']),
                ...(item.attempts > 1 ? [`${item.attempts} attempts`] : []),
              ].join(' · ')}
            </Caption1>
          </li>
        ))}
      </ul>
      {next === undefined ? null : (
        <Button size="small" onClick={() => void read(next)}>
          Show more
        </Button>
      )}
    </>
  )
}
