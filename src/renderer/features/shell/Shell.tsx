import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components'
import { useEffect } from 'react'
import type { ConnectionView } from '../../../shared/contract/views.ts'
import { useBridge } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import type { ViewName } from '../../store/uiSlice.ts'
import { ConnectionNote } from './ConnectionNote.tsx'
import { LostLink } from './LostLink.tsx'
import { SCREENS } from './screens.tsx'
import { TopBar } from './TopBar.tsx'

const useStyles = makeStyles({
  body: { display: 'flex', flexGrow: 1, minHeight: 0 },
  nav: {
    width: '176px',
    flexShrink: 0,
    overflowY: 'auto',
    padding: tokens.spacingVerticalM,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground3,
    '@media (max-width: 720px)': { width: 'auto' },
    // The width is that of the bold word; the word itself begins where all the others do.
    '& .fui-Tab__content': { justifySelf: 'start' },
  },
  content: { flexGrow: 1, minWidth: 0, display: 'flex', flexDirection: 'column' },
  notes: { display: 'flex', flexDirection: 'column' },
  view: { flexGrow: 1, minHeight: 0 },
})

/** The one window of a connected install. */
export function Shell({ connection }: { readonly connection: Extract<ConnectionView, { state: 'connected' }> }) {
  const styles = useStyles()
  const view = useApp((state) => state.view)
  const openView = useApp((state) => state.openView)
  const link = useApp((state) => state.link)
  const { native } = useBridge()
  const openTask = useApp((state) => state.openTask)
  useEffect(
    () => native.onOpen?.((place) => (place.kind === 'task' ? openTask(place.taskId) : openView(place.view))),
    [native, openTask, openView],
  )
  useEffect(() => native.onMenu?.((command) => openView(command === 'exportReports' ? 'reports' : 'create')), [native, openView])
  return (
    <>
      <TopBar connection={connection} />
      <div className={styles.body}>
        <nav className={styles.nav} aria-label="Main">
          <TabList vertical selectedValue={view} onTabSelect={(_, { value }) => openView(value as ViewName)}>
            {Object.entries(SCREENS).map(([name, { label, icon }]) => (
              <Tab key={name} value={name} icon={icon}>
                {label}
              </Tab>
            ))}
          </TabList>
        </nav>
        <div className={styles.content}>
          <div className={styles.notes}>
            {link === 'lost' ? <LostLink /> : null}
            {connection.error ? <ConnectionNote error={connection.error} /> : null}
          </div>
          <div className={styles.view}>{SCREENS[view].screen}</div>
        </div>
      </div>
    </>
  )
}
