import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Spinner } from '@fluentui/react-components'
import { ArrowExportRegular, DocumentTableRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { ExportView } from '../../../shared/contract/views.ts'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { useBridge, useCommand } from '../../bridgeContext.ts'
import { useApp } from '../../store/store.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Page } from '../../ui/Page.tsx'
import { ExportedFiles } from './ExportedFiles.tsx'

/** What do I show my manager, and what was left behind? */
export function ReportsView() {
  const { capabilities, native } = useBridge()
  const order = useApp((state) => state.order)
  const tasks = useApp((state) => state.tasks)
  const run = useCommand('reports.export')
  const [result, setResult] = useState<ExportView>()

  async function exportReports(taskIds: readonly TaskId[] | undefined): Promise<void> {
    const folder = capabilities.nativeDialogs ? await native.chooseFolder?.() : undefined
    if (capabilities.nativeDialogs && folder === undefined) return
    const view = await run.run({
      ...(taskIds === undefined ? {} : { taskIds: [...taskIds] }),
      ...(folder === undefined ? {} : { folder }),
    })
    if (view) setResult(view)
  }

  const withIssues = order.filter((id) => tasks[id]?.status === 'completedWithIssues' || tasks[id]?.status === 'failed')
  const menu = (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="primary" icon={<ArrowExportRegular />} disabled={run.isBusy || order.length === 0}>
          Export
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => void exportReports(undefined)}>All tasks (CSV)</MenuItem>
          <MenuItem disabled={withIssues.length === 0} onClick={() => void exportReports(withIssues)}>
            Tasks with problems (CSV)
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
  return (
    <Page title="Reports" actions={menu}>
      {run.error ? <ErrorNote title="No reports were written." error={run.error} /> : null}
      {run.isBusy ? <Spinner label="Writing the reports" /> : null}
      {result && !run.isBusy ? <ExportedFiles result={result} /> : null}
      {!result && !run.isBusy ? (
        <EmptyState
          icon={<DocumentTableRegular />}
          title={order.length === 0 ? 'Nothing to report yet' : 'Reports for every file'}
          text={
            order.length === 0
              ? 'As soon as a task has begun, its reports can be exported here, also while it runs.'
              : 'The reports of Migration Manager by name and column: summaries, every item with its proof, every failure with its reason. They can be exported at any time, also while tasks run.'
          }
        />
      ) : null}
    </Page>
  )
}
