import { Caption1, makeStyles, ProgressBar, tokens } from '@fluentui/react-components'
import type { ProgressStage, TaskProgress } from '../../shared/domain/progress.ts'
import { formatBytes, formatCount, formatPercent, formatRate, formatTimeLeft } from '../format.ts'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS, minWidth: 0, width: '100%' },
  text: { color: tokens.colorNeutralForeground2, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' },
})

export const STAGE_LABELS = {
  waiting: 'Waiting',
  scanning: 'Scanning',
  planning: 'Planning',
  transferring: 'Copying',
  verifying: 'Verifying',
  reporting: 'Writing reports',
  done: 'Done',
} as const satisfies Record<ProgressStage, string>

/** Counts while the size is unknown, a fraction as soon as it is known; never a made-up percent. */
export function TaskProgressBar({ progress, isMoving }: { readonly progress: TaskProgress; readonly isMoving: boolean }) {
  const styles = useStyles()
  const { fraction } = progress
  const text = progressText(progress, isMoving)
  const color = fraction !== 1 ? 'brand' : progress.failedFiles > 0 ? 'warning' : 'success'
  return (
    <div className={styles.root}>
      <ProgressBar
        thickness="large"
        color={color}
        aria-valuetext={fraction === undefined ? text : `${formatPercent(fraction)}, ${text}`}
        aria-label="Progress"
        {...(fraction === undefined ? (isMoving ? {} : { value: 0 }) : { value: fraction })}
      />
      <Caption1 className={styles.text} title={text}>
        {text}
      </Caption1>
    </div>
  )
}

export function progressText(progress: TaskProgress, isMoving: boolean): string {
  const stage = STAGE_LABELS[progress.stage]
  if (progress.plannedFiles === undefined)
    return `${stage}: ${formatCount(progress.scannedFiles)} files found, ${formatBytes(progress.scannedBytes)}`
  // What is copied counts while it is copied, what is proved counts from then on.
  const isCopying = progress.stage === 'transferring'
  const files = isCopying ? progress.uploadedFiles : progress.migratedFiles
  const parts = [
    `${progress.stage === 'done' ? '' : `${stage}: `}${formatCount(files)} of ${formatCount(progress.plannedFiles)} files`,
    formatBytes(isCopying ? progress.uploadedBytes : progress.migratedBytes),
    ...(progress.failedFiles > 0 ? [`${formatCount(progress.failedFiles)} failed`] : []),
    ...(isMoving && isCopying ? [formatRate(progress.bytesPerSecond)] : []),
    ...(isMoving && progress.etaMs !== undefined ? [`${formatTimeLeft(progress.etaMs)} left`] : []),
  ]
  return parts.join(' · ')
}
