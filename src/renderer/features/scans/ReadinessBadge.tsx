import { Badge, type BadgeProps } from '@fluentui/react-components'
import {
  ArrowSyncFilled,
  CheckmarkCircleFilled,
  DismissCircleFilled,
  ErrorCircleFilled,
  TextEditStyleRegular,
  WarningFilled,
} from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { ScanView } from '../../../shared/contract/scans.ts'
import { READINESS_LABELS, type Readiness, readinessOf } from './readiness.ts'

const LOOKS = {
  ready: { color: 'success', icon: <CheckmarkCircleFilled /> },
  newNames: { color: 'success', icon: <TextEditStyleRegular /> },
  attention: { color: 'warning', icon: <WarningFilled /> },
  scanning: { color: 'brand', icon: <ArrowSyncFilled /> },
  failed: { color: 'danger', icon: <ErrorCircleFilled /> },
  stopped: { color: 'subtle', icon: <DismissCircleFilled /> },
} as const satisfies Record<Readiness, { readonly color: BadgeProps['color']; readonly icon: ReactElement }>

export function ReadinessBadge({ scan }: { readonly scan: ScanView }) {
  const readiness = readinessOf(scan)
  return (
    <Badge appearance="tint" size="large" color={LOOKS[readiness].color} icon={LOOKS[readiness].icon}>
      {READINESS_LABELS[readiness]}
    </Badge>
  )
}
