import {
  Body1,
  Button,
  Caption1,
  Card,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components'
import { ArrowDownloadRegular, FolderOpenRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { ExportView } from '../../../shared/contract/views.ts'
import { useBridge } from '../../bridgeContext.ts'
import { formatBytes, formatCount, formatCounted } from '../../format.ts'

const useStyles = makeStyles({
  number: { width: '110px', fontVariantNumeric: 'tabular-nums' },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: tokens.spacingHorizontalM },
})

export function ExportedFiles({ result }: { readonly result: ExportView }) {
  const styles = useStyles()
  const { capabilities, native } = useBridge()
  const [problem, setProblem] = useState<string>()

  async function download(fileName: string): Promise<void> {
    setProblem(undefined)
    try {
      await native.download?.(result.exportId, fileName)
    } catch (thrown) {
      setProblem(
        `${fileName} could not be downloaded: ${thrown instanceof Error ? thrown.message : String(thrown)} It is still in ${result.folder}.`,
      )
    }
  }

  async function showFolder(): Promise<void> {
    setProblem(undefined)
    try {
      await native.showFolder?.(result.folder)
    } catch {
      setProblem(`${result.folder} could not be opened.`)
    }
  }

  return (
    <Card>
      <div className={styles.head}>
        <div>
          <Body1 block role="status">
            {formatCounted(result.files.length, 'file was', 'files were')} written.
          </Body1>
          <Caption1 className={styles.quiet}>{result.folder}</Caption1>
        </div>
        {native.showFolder ? (
          <Button icon={<FolderOpenRegular />} onClick={() => void showFolder()}>
            Open the folder
          </Button>
        ) : null}
      </div>
      {problem === undefined ? null : (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>{problem}</MessageBarBody>
        </MessageBar>
      )}
      <Table aria-label="Exported files" size="small">
        <TableHeader>
          <TableRow>
            <TableHeaderCell>File</TableHeaderCell>
            <TableHeaderCell className={styles.number}>Rows</TableHeaderCell>
            <TableHeaderCell className={styles.number}>Size</TableHeaderCell>
            {capabilities.downloads ? <TableHeaderCell className={styles.number}>Download</TableHeaderCell> : null}
          </TableRow>
        </TableHeader>
        <TableBody>
          {result.files.map(({ fileName, rowCount, sizeBytes }) => (
            <TableRow key={fileName}>
              <TableCell>{fileName}</TableCell>
              <TableCell className={styles.number}>{formatCount(rowCount)}</TableCell>
              <TableCell className={styles.number}>{formatBytes(sizeBytes)}</TableCell>
              {capabilities.downloads ? (
                <TableCell className={styles.number}>
                  <Button
                    size="small"
                    appearance="subtle"
                    icon={<ArrowDownloadRegular />}
                    aria-label={`Download ${fileName}`}
                    onClick={() => void download(fileName)}
                  />
                </TableCell>
              ) : null}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  )
}
