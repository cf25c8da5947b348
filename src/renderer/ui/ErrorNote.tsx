import { MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import type { ReactElement } from 'react'
import type { WireError } from '../../shared/errors.ts'

/** What happened, to which thing, and what to do. */
export function ErrorNote({
  error,
  title,
  action,
}: {
  readonly error: WireError
  readonly title?: string
  readonly action?: ReactElement
}) {
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        {title === undefined ? null : <MessageBarTitle>{title}</MessageBarTitle>}
        {error.message} {error.fix}
      </MessageBarBody>
      {action ? <MessageBarActions>{action}</MessageBarActions> : null}
    </MessageBar>
  )
}
