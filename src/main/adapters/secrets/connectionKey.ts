import { createPrivateKey, hkdfSync } from 'node:crypto'
import { type Connection, readConnectionPart } from '../network/connectionFile.ts'
import { KEY_BYTES } from './sealing.ts'

/**
 * A key that every install of the same connection can make, and nobody else: derived (HKDF, SHA-256) from the private key of the app's
 * certificate. undefined = the connection signs people in; then there is nothing that only its installs share. Errors: INPUT_CONNECTION_FILE.
 */
export async function connectionKey(
  connection: Pick<Connection, 'auth' | 'tenantId' | 'clientId'>,
): Promise<Uint8Array | undefined> {
  const { auth, tenantId, clientId } = connection
  if (auth.kind !== 'certificate') return undefined
  const pem = await readConnectionPart('privateKeyFile', auth.privateKeyFile)
  const secret = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return new Uint8Array(hkdfSync('sha256', secret, `${tenantId}/${clientId}`.toLowerCase(), 'portage journal copy 1', KEY_BYTES))
}
