import { FluentProvider, makeStyles, Spinner, tokens } from '@fluentui/react-components'
import { PlugDisconnectedRegular } from '@fluentui/react-icons'
import { AfterConnecting } from './features/connect/AfterConnecting.tsx'
import { FirstRun } from './features/connect/FirstRun.tsx'
import { ProgressWindow } from './features/overview/ProgressWindow.tsx'
import { isProgressWindow } from './features/overview/progressWindow.ts'
import { Shell } from './features/shell/Shell.tsx'
import { useApp } from './store/store.ts'
import { useSystemTheme } from './systemTheme.ts'
import { EmptyState } from './ui/EmptyState.tsx'
import { useRateSampling } from './useRateSampling.ts'

const useStyles = makeStyles({
  root: { height: '100%', display: 'flex', flexDirection: 'column', backgroundColor: tokens.colorNeutralBackground2 },
})

export function App() {
  return (
    // A class name would be given to every portal as well, and a full-height portal covers the window.
    <FluentProvider theme={useSystemTheme()} style={{ height: '100%' }}>
      <div className={useStyles().root}>
        <Screen />
      </div>
    </FluentProvider>
  )
}

function Screen() {
  const link = useApp((state) => state.link)
  const connection = useApp((state) => state.connection)
  const setup = useApp((state) => state.setup)
  useRateSampling()
  if (link === 'refused') {
    return (
      <EmptyState
        icon={<PlugDisconnectedRegular />}
        title="This window is not signed in"
        text='The link was used before, or Portage was started again. Run "portage ui" on this computer and open the link that it prints.'
      />
    )
  }
  if (!connection) {
    return link === 'lost' ? (
      <EmptyState
        icon={<PlugDisconnectedRegular />}
        title="Portage does not answer"
        text="Trying again. Is it still running on this computer?"
      >
        <Spinner size="small" aria-label="Trying again" />
      </EmptyState>
    ) : (
      <EmptyState icon={<Spinner aria-label="Starting" />} title="Starting" text="" />
    )
  }
  if (connection.state !== 'connected') return <FirstRun connection={connection} />
  if (isProgressWindow(window.location.search)) return <ProgressWindow />
  return setup ? <AfterConnecting setup={setup} /> : <Shell connection={connection} />
}
