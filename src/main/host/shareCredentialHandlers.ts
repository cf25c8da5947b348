import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { createShareCredentials } from './shareCredentials.ts'

type CredentialHandlers = Pick<Handlers, 'sources.credentials' | 'sources.saveCredential' | 'sources.forgetCredential'>

/** Credentials of shares for screens; nothing that they get holds a password. */
export function createShareCredentialHandlers(app: App): CredentialHandlers {
  const credentials = createShareCredentials(app.environment)
  const list = async () => ({ credentials: [...(await credentials.list())] })
  return {
    'sources.credentials': list,
    'sources.saveCredential': async (given) => {
      await credentials.set(given)
      return await list()
    },
    'sources.forgetCredential': async ({ share }) => {
      await credentials.remove(share)
      return await list()
    },
  }
}
