/** The secret storage of the operating system, as far as it can be reached. */
export interface Keyring {
  /** False when it cannot keep anything here. */
  keep(account: string, secret: string): Promise<boolean>
  /** undefined when there is none, or the keyring cannot be reached. */
  find(account: string): Promise<string | undefined>
}

const SERVICE = 'Portage'

async function entryOf(account: string) {
  // Loaded when it is needed: a native module that not every machine has.
  const { AsyncEntry } = await import('@napi-rs/keyring')
  // Not the kernel's keyring, the other choice on Linux: it forgets everything when the machine restarts.
  return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } })
}

/** Windows Credential Manager, macOS Keychain, Secret Service on Linux. */
export const systemKeyring: Keyring = {
  async keep(account, secret) {
    try {
      const entry = await entryOf(account)
      await entry.setPassword(secret)
      return (await entry.getPassword()) === secret
    } catch {
      // No service, locked, or not allowed: the caller has another way and says which one it took.
      return false
    }
  },
  async find(account) {
    try {
      return (await (await entryOf(account)).getPassword()) ?? undefined
    } catch {
      return undefined
    }
  },
}
