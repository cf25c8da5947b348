import { z } from 'zod'

const share = z.string().min(3).max(1024)

/** With which account this install reads a share; the password is never told. */
export const shareCredentialSchema = z.object({ share: z.string(), user: z.string() })

const credentialList = z.object({ credentials: z.array(shareCredentialSchema) })

export const shareCredentialCommands = {
  'sources.credentials': { request: z.strictObject({}), response: credentialList },
  /** Replaces what was stored for the share. Kept in the secrets of this install. */
  'sources.saveCredential': {
    request: z.strictObject({ share, user: z.string().min(1).max(255), password: z.string().min(1).max(255) }),
    response: credentialList,
  },
  'sources.forgetCredential': { request: z.strictObject({ share }), response: credentialList },
}
