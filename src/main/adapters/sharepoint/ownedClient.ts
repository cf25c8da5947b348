import type { MigrationError } from '../../../shared/errors.ts'
import type { ServiceCall, ServiceClient } from './serviceClient.ts'

/**
 * The same client for work that may only go on while its agent holds it. Nothing leaves after `whyNot` gives an error, however long it had
 * waited for its turn or its connection: it fails with that error.
 */
export function ownedClient(client: ServiceClient, whyNot: () => MigrationError | undefined): ServiceClient {
  const owned = (call: ServiceCall): ServiceCall => ({ ...call, whyNot })
  return { ...client, call: (call) => client.call(owned(call)), open: (call) => client.open(owned(call)) }
}
