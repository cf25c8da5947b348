import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { LinkRegular, PersonSearchRegular } from '@fluentui/react-icons'
import { useEffect, useState } from 'react'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { type ChosenDestination, DestinationPane } from './DestinationPane.tsx'
import { HomeMatchDialog } from './HomeMatchDialog.tsx'
import { PairList } from './PairList.tsx'
import { SourcePane } from './SourcePane.tsx'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, flexGrow: 1, minHeight: 0 },
  panes: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    gap: tokens.spacingHorizontalM,
    flexGrow: 1,
    minHeight: '340px',
    // One below the other: each with room for its tree, and the page scrolls.
    '@media (max-width: 860px)': { gridTemplateColumns: 'minmax(0, 1fr)', gridAutoRows: '380px', flexShrink: 0 },
  },
  bar: { display: 'flex', alignItems: 'center', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  status: { color: tokens.colorNeutralForeground2 },
})

/** Two panes: what is dragged from the left onto the right becomes a migration in the making. */
export function ChoosePlaces({ onReview }: { readonly onReview: () => void }) {
  const styles = useStyles()
  const pair = useApp((state) => state.pair)
  const takeSources = useApp((state) => state.takeSources)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const sources = takeSources()
    if (sources.length > 0) setSelected(new Set(sources))
  }, [takeSources])
  const [chosen, setChosen] = useState<ChosenDestination>()
  const [isMatching, setIsMatching] = useState(false)
  const [said, setSaid] = useState('')

  function join(paths: readonly string[], to: ChosenDestination): void {
    pair({ paths, onto: to.destination, ontoTitle: to.title })
    setSelected(new Set())
    setSaid(`${formatCounted(paths.length, 'folder goes', 'folders go')} to ${to.title}.`)
  }

  return (
    <div className={styles.root}>
      <div className={styles.panes}>
        <SourcePane
          selected={selected}
          onSelect={setSelected}
          onActivate={() => {
            if (chosen && selected.size > 0) join([...selected], chosen)
          }}
        />
        <DestinationPane
          chosen={chosen}
          onChoose={setChosen}
          selectedCount={selected.size}
          onPair={(to) => join([...selected], to)}
          onDrop={join}
        />
      </div>
      <div className={styles.bar}>
        <Button
          icon={<LinkRegular />}
          disabled={selected.size === 0 || !chosen}
          onClick={() => {
            if (chosen) join([...selected], chosen)
          }}
        >
          {selected.size > 0 && chosen
            ? `Move ${formatCounted(selected.size, 'folder')} to ${chosen.title}`
            : 'Move the selected folders there'}
        </Button>
        <Button icon={<PersonSearchRegular />} disabled={selected.size === 0} onClick={() => setIsMatching(true)}>
          Match home folders to people…
        </Button>
        <span role="status" className={styles.status}>
          {said}
        </span>
      </div>
      <PairList onReview={onReview} />
      {isMatching ? (
        <HomeMatchDialog
          roots={[...selected]}
          onClose={() => setIsMatching(false)}
          onMatched={(count) => {
            setSelected(new Set())
            setSaid(`${formatCounted(count, 'home folder was', 'home folders were')} matched.`)
          }}
        />
      ) : null}
    </div>
  )
}
