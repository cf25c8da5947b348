import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { Page } from '../../ui/Page.tsx'
import { ImportPanel } from './ImportPanel.tsx'
import { TaskForm } from './TaskForm.tsx'

const useStyles = makeStyles({
  tabs: { marginLeft: `calc(-1 * ${tokens.spacingHorizontalM})` },
})

/** What should go where? One by one, or many from a file. */
export function CreateView() {
  const styles = useStyles()
  const [way, setWay] = useState<'form' | 'file'>('form')
  return (
    <Page title="Create a migration">
      <TabList
        className={styles.tabs}
        selectedValue={way}
        onTabSelect={(_, { value }) => setWay(value === 'file' ? 'file' : 'form')}
      >
        <Tab value="form">Folders</Tab>
        <Tab value="file">From a CSV or JSON file</Tab>
      </TabList>
      {way === 'form' ? <TaskForm /> : <ImportPanel />}
    </Page>
  )
}
