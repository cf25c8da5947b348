import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  Tab,
  TabList,
  tokens,
} from '@fluentui/react-components'
import { useState } from 'react'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { Page } from '../../ui/Page.tsx'
import { ChoosePlaces } from './ChoosePlaces.tsx'
import { ImportPanel } from './ImportPanel.tsx'
import { ReviewStep } from './ReviewStep.tsx'

const useStyles = makeStyles({ tabs: { marginLeft: `calc(-1 * ${tokens.spacingHorizontalM})` } })

/** What should go where? One by one, many at once, or from a file; reviewed before anything runs. */
export function CreateView() {
  const styles = useStyles()
  const openView = useApp((state) => state.openView)
  const [way, setWay] = useState<'places' | 'file'>('places')
  const isReviewing = useApp((state) => state.isReviewing && state.pairs.length > 0)
  const review = useApp((state) => state.review)
  const [added, setAdded] = useState<readonly string[]>([])
  if (isReviewing) {
    return (
      <Page title="Review">
        <ReviewStep
          onBack={() => review(false)}
          onAdded={(names) => {
            setAdded(names)
            review(false)
          }}
        />
      </Page>
    )
  }
  return (
    <Page title="Create migrations">
      <TabList
        className={styles.tabs}
        selectedValue={way}
        onTabSelect={(_, { value }) => setWay(value === 'file' ? 'file' : 'places')}
      >
        <Tab value="places">Choose places</Tab>
        <Tab value="file">From a CSV or JSON file</Tab>
      </TabList>
      {added.length > 0 ? (
        <MessageBar intent="success" role="status">
          <MessageBarBody>
            {added.length === 1 ? `“${added[0]}” was added.` : `${formatCounted(added.length, 'migration')} were added.`}
          </MessageBarBody>
          <MessageBarActions>
            <Button size="small" onClick={() => openView('migrations')}>
              {added.length === 1 ? 'See it run' : 'See them run'}
            </Button>
          </MessageBarActions>
        </MessageBar>
      ) : null}
      {way === 'places' ? (
        <ChoosePlaces
          onReview={() => {
            setAdded([])
            review(true)
          }}
        />
      ) : (
        <ImportPanel />
      )}
    </Page>
  )
}
