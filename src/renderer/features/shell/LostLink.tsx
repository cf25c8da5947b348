import { MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components'

/** The host is away: what stands on the screen may be old. */
export function LostLink() {
  return (
    <MessageBar intent="warning" role="alert">
      <MessageBarBody>
        <Spinner size="extra-tiny" label="Portage does not answer. What you see may be old; this window comes back by itself." />
      </MessageBarBody>
    </MessageBar>
  )
}
