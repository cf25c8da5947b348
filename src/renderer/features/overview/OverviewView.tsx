import { Button, makeStyles, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components'
import { AddRegular, FolderArrowUpRegular, WindowNewRegular } from '@fluentui/react-icons'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Page } from '../../ui/Page.tsx'
import { ProjectProgress } from './ProjectProgress.tsx'
import { openProgressWindow } from './progressWindow.ts'

const useStyles = makeStyles({
  tiles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(170px, 1fr))', gap: tokens.spacingHorizontalM },
})

/** How far is the whole project, and is anything wrong? */
export function OverviewView() {
  const openView = useApp((state) => state.openView)
  const listState = useApp((state) => state.listState)
  const isEmpty = useApp((state) => state.order.length === 0)
  const create = (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => openView('create')}>
      Create a migration
    </Button>
  )
  if (listState === 'unread') return <OverviewSkeleton />
  if (isEmpty && listState === 'read') {
    return (
      <Page title="Overview">
        <EmptyState
          icon={<FolderArrowUpRegular />}
          title="No migrations yet"
          text="Choose a folder and where it should go. Portage scans it first, tells you what it found, copies it, and proves that every file arrived."
        >
          {create}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page
      title="Overview"
      actions={
        <>
          <Button icon={<WindowNewRegular />} onClick={openProgressWindow}>
            Progress in its own window
          </Button>
          {create}
        </>
      }
    >
      <ProjectProgress />
    </Page>
  )
}

function OverviewSkeleton() {
  const styles = useStyles()
  return (
    <Page title="Overview">
      <Skeleton aria-label="Reading the task list" className={styles.tiles}>
        {['files', 'data', 'speed', 'time', 'failed'].map((tile) => (
          <SkeletonItem key={tile} size={96} />
        ))}
      </Skeleton>
      <Skeleton aria-hidden>
        <SkeletonItem size={128} />
      </Skeleton>
    </Page>
  )
}
