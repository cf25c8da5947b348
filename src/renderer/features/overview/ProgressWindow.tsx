import { makeStyles } from '@fluentui/react-components'
import { useEffect } from 'react'
import { useApp } from '../../store/store.ts'
import { Page } from '../../ui/Page.tsx'
import { LostLink } from '../shell/LostLink.tsx'
import { ProjectProgress } from './ProjectProgress.tsx'

const useStyles = makeStyles({ root: { flexGrow: 1, minHeight: 0 } })

/** The progress of the whole project in a window of its own: to be looked at, not to be worked in. */
export function ProgressWindow() {
  const styles = useStyles()
  const link = useApp((state) => state.link)
  const connection = useApp((state) => state.connection)
  const tenant = connection?.state === 'connected' ? connection.tenantName : 'no tenant'
  useEffect(() => {
    document.title = 'Portage: progress'
  }, [])
  return (
    <>
      {link === 'lost' ? <LostLink /> : null}
      <div className={styles.root}>
        <Page title={`Progress: ${tenant}`}>
          <ProjectProgress />
        </Page>
      </div>
    </>
  )
}
