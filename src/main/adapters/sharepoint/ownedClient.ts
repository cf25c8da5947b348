import { MigrationError } from '../../../shared/errors.ts'
import type { ServiceCall, ServiceClient } from './serviceClient.ts'

/**
 * The same client for work that may only go on while its agent holds it. Nothing leaves after `isMine` says no, however long it had waited for
 * its turn or its connection: CRD_LEASE_LOST.
 */
export function ownedClient(client: ServiceClient, isMine: () => boolean): ServiceClient {
  const whyNot = () =>
    isMine()
      ? undefined
      : new MigrationError('CRD_LEASE_LOST', 'This agent was out of touch for too long; others may go on with its tasks.', {
          remedy: { kind: 'stopTask' },
        })
  const owned = (call: ServiceCall): ServiceCall => ({ ...call, whyNot })
  return { ...client, call: (call) => client.call(owned(call)), open: (call) => client.open(owned(call)) }
}
