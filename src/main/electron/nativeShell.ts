import fs from 'node:fs'
import path from 'node:path'
import { app, BrowserWindow, dialog, safeStorage, shell } from 'electron'

export interface NativeShellActions {
  chooseFolder(): Promise<string | undefined>
  chooseFile(options: { readonly title: string; readonly extensions: readonly string[] }): Promise<string | undefined>
  showFolder(folder: string): Promise<void>
}

/** Dialogs of the operating system, above the window in front. */
export const nativeShell: NativeShellActions = {
  async chooseFolder() {
    return firstOf(await open({ properties: ['openDirectory', 'createDirectory'] }))
  },
  async chooseFile({ title, extensions }) {
    return firstOf(await open({ title, properties: ['openFile'], filters: [{ name: title, extensions: [...extensions] }] }))
  },
  async showFolder(folder) {
    // Opening a file would run it: only folders are opened.
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Error('There is no such folder.')
    const problem = await shell.openPath(folder)
    if (problem !== '') throw new Error(problem)
  },
}

function open(options: Electron.OpenDialogOptions): Promise<Electron.OpenDialogReturnValue> {
  const window = BrowserWindow.getFocusedWindow()
  return window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options)
}

function firstOf({ canceled, filePaths }: Electron.OpenDialogReturnValue): string | undefined {
  return canceled ? undefined : filePaths[0]
}

/** Sign-in pages open in the person's own browser; nothing but web addresses is ever opened. */
export async function openWebAddress(url: string): Promise<void> {
  const { protocol } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error('Only web addresses are opened.')
  await shell.openExternal(url)
}

/** Whether the operating system really protects what safeStorage seals; its plain-text fallback is none. */
export function hasSafeStorage(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}

/** The keys of this account's installs, sealed by the operating system, one small file each. */
export const safeKeyring = {
  keep(account: string, secret: string): boolean {
    fs.mkdirSync(keyFolder(), { recursive: true, mode: 0o700 })
    fs.writeFileSync(keyFile(account), safeStorage.encryptString(secret), { mode: 0o600 })
    return true
  },
  find(account: string): string | undefined {
    return fs.existsSync(keyFile(account)) ? safeStorage.decryptString(fs.readFileSync(keyFile(account))) : undefined
  },
}

const keyFolder = () => path.join(app.getPath('userData'), 'keys')
const keyFile = (account: string) => path.join(keyFolder(), `${Buffer.from(account).toString('base64url').slice(-120)}.sealed`)
