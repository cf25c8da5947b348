import {
  Body1,
  Button,
  Caption1,
  Card,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Spinner,
  Subtitle2,
  tokens,
} from '@fluentui/react-components'
import {
  ArrowExportRegular,
  CodeRegular,
  DocumentTableRegular,
  FolderZipRegular,
  SlideTextRegular,
  WarningRegular,
} from '@fluentui/react-icons'
import { type ReactElement, useState } from 'react'
import type { ReportFormat } from '../../../shared/contract/commands.ts'
import type { ExportView } from '../../../shared/contract/views.ts'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { formatCounted } from '../../format.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { ExportedFiles } from './ExportedFiles.tsx'

const FORMATS = {
  html: {
    label: 'A page for your manager',
    about: 'One HTML file with charts; opens anywhere, needs nothing, prints well.',
    icon: <SlideTextRegular />,
  },
  zip: {
    label: 'Everything in one zip',
    about: 'All CSV reports, ready for Excel, in one file to hand on.',
    icon: <FolderZipRegular />,
  },
  csv: {
    label: 'CSV files',
    about: 'Migration Manager’s reports by name and column: summaries, items with proofs, failures with reasons.',
    icon: <DocumentTableRegular />,
  },
  json: { label: 'JSON for scripts', about: 'Totals, tasks and reasons in one document.', icon: <CodeRegular /> },
} as const satisfies Record<ReportFormat, { readonly label: string; readonly about: string; readonly icon: ReactElement }>
/** One export at a time, of this window. */
const TICKET = `export ${crypto.getRandomValues(new Uint32Array(1)).join('')}`
const ORDER = ['html', 'zip', 'csv', 'json'] as const

const useStyles = makeStyles({
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(230px, 1fr))',
    gap: tokens.spacingHorizontalM,
    flexShrink: 0,
  },
  card: { gap: tokens.spacingVerticalS, padding: tokens.spacingHorizontalL },
  icon: { fontSize: '28px', lineHeight: 1, color: tokens.colorBrandForeground1 },
  grow: { flexGrow: 1, color: tokens.colorNeutralForeground2 },
  quiet: { color: tokens.colorNeutralForeground2 },
  busy: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
})

/** What do I show my manager, and what was left behind? At any time, also while tasks run. */
export function ReportsView() {
  const styles = useStyles()
  const { capabilities, native, call } = useBridge()
  const order = useApp((state) => state.order)
  const tasks = useApp((state) => state.tasks)
  const selected = useApp((state) => state.selected)
  const run = useCommand('reports.export')
  const [result, setResult] = useState<ExportView>()

  async function exportReports(formats: ReportFormat[], taskIds?: readonly TaskId[]): Promise<void> {
    const folder = capabilities.nativeDialogs ? await native.chooseFolder?.() : undefined
    if (capabilities.nativeDialogs && folder === undefined) return
    const view = await run.run({
      formats,
      ticket: TICKET,
      ...(taskIds === undefined ? {} : { taskIds: [...taskIds] }),
      ...(folder === undefined ? {} : { folder }),
    })
    if (view) setResult(view)
  }

  const withIssues = order.filter((id) => tasks[id]?.status === 'completedWithIssues' || tasks[id]?.status === 'failed')
  const ticked = order.filter((id) => selected.has(id))
  const isRunning = order.some((id) => tasks[id]?.status === 'inProgress')
  const isOff = run.isBusy || order.length === 0
  return (
    <Page
      title="Reports"
      actions={
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button appearance="primary" icon={<ArrowExportRegular />} disabled={isOff}>
              Export
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuGroup>
                <MenuGroupHeader>All tasks</MenuGroupHeader>
                {ORDER.map((format) => (
                  <MenuItem key={format} icon={FORMATS[format].icon} onClick={() => void exportReports([format])}>
                    {FORMATS[format].label}
                  </MenuItem>
                ))}
              </MenuGroup>
              <MenuDivider />
              <MenuItem
                icon={<WarningRegular />}
                disabled={withIssues.length === 0}
                onClick={() => void exportReports(['csv'], withIssues)}
              >
                Tasks with problems (CSV)
              </MenuItem>
              <MenuItem disabled={ticked.length === 0} onClick={() => void exportReports(['zip'], ticked)}>
                Selected tasks (zip)
              </MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      }
    >
      {run.error ? <ErrorNote title="No reports were written." error={run.error} /> : null}
      {order.length === 0 ? (
        <EmptyState
          icon={<DocumentTableRegular />}
          title="Nothing to report yet"
          text="As soon as a task has begun, its reports can be exported here, also while it runs."
        />
      ) : (
        <>
          <Body1 className={styles.quiet}>
            {formatCounted(order.length, 'task')}
            {isRunning ? '; some are running: their reports are a picture of this moment.' : '.'}
          </Body1>
          <div className={styles.cards}>
            {ORDER.map((format) => (
              <Card key={format} className={styles.card}>
                <span className={styles.icon} aria-hidden>
                  {FORMATS[format].icon}
                </span>
                <Subtitle2 as="h2">{FORMATS[format].label}</Subtitle2>
                <Caption1 className={styles.grow}>{FORMATS[format].about}</Caption1>
                <div>
                  <Button
                    disabled={isOff}
                    onClick={() => void exportReports([format])}
                    aria-label={`Export: ${FORMATS[format].label}`}
                  >
                    Export
                  </Button>
                </div>
              </Card>
            ))}
          </div>
        </>
      )}
      {run.isBusy ? (
        <div className={styles.busy} role="status">
          <Spinner size="small" label="Writing the reports" />
          <Button size="small" onClick={() => void call('reports.cancel', { ticket: TICKET })}>
            Cancel the export
          </Button>
        </div>
      ) : null}
      {result && !run.isBusy ? <ExportedFiles result={result} /> : null}
    </Page>
  )
}
