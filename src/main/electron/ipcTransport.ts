import { type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron'
import { z } from 'zod'
import type { LinkState, MenuCommand } from '../../shared/contract/bridge.ts'
import { CHANNELS } from '../../shared/contract/channels.ts'
import type { AppPlace } from '../../shared/contract/deepLink.ts'
import type { HostEvent } from '../../shared/contract/events.ts'
import { type EngineClient, engineGone } from './engineClient.ts'
import type { NativeShellActions } from './nativeShell.ts'
import { SCREENS_ORIGIN } from './screensProtocol.ts'

const nativeRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('chooseFolder') }),
  z.object({ name: z.literal('chooseFile'), title: z.string().max(200), extensions: z.array(z.string().max(16)).max(10) }),
  z.object({ name: z.literal('showFolder'), folder: z.string().max(32_767) }),
])

/** Only the top frame of a window of ours, showing our own page, may ask. */
export function isTrustedSender(event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>): boolean {
  const { sender, senderFrame } = event
  return (
    senderFrame !== null &&
    senderFrame === sender.mainFrame &&
    URL.canParse(senderFrame.url) &&
    originOf(senderFrame.url) === SCREENS_ORIGIN
  )
}

/** `origin` of an address with a scheme of our own is "null" to the URL standard. */
function originOf(address: string): string {
  const { protocol, host } = new URL(address)
  return `${protocol}//${host}`
}

/** Frames between windows and engine; the shell looks at who asks, never at what. */
export function createIpcTransport(options: {
  readonly engine: () => EngineClient
  readonly native: NativeShellActions
  readonly windows: () => readonly WebContents[]
}): {
  sendEvent(event: HostEvent): void
  sendLink(link: LinkState): void
  sendMenu(command: MenuCommand): void
  sendOpen(place: AppPlace): void
} {
  function handle(channel: string, act: (message: unknown) => unknown): void {
    ipcMain.handle(channel, (event, message: unknown) => {
      if (!isTrustedSender(event)) throw new Error('refused')
      return act(message)
    })
  }

  handle(CHANNELS.call, async (frame) => (await options.engine().call(frame))?.reply ?? engineGone)
  handle(CHANNELS.attach, () => options.engine().attach())
  handle(CHANNELS.native, (message) => {
    const request = nativeRequestSchema.parse(message)
    switch (request.name) {
      case 'chooseFolder':
        return options.native.chooseFolder()
      case 'chooseFile':
        return options.native.chooseFile(request)
      case 'showFolder':
        return options.native.showFolder(request.folder)
    }
  })

  function tellAll(channel: string, message: unknown): void {
    for (const window of options.windows()) if (!window.isDestroyed()) window.send(channel, message)
  }
  return {
    sendEvent: (event) => tellAll(CHANNELS.event, event),
    sendLink: (link) => tellAll(CHANNELS.link, link),
    sendMenu: (command) => tellAll(CHANNELS.menu, command),
    sendOpen: (place) => tellAll(CHANNELS.open, place),
  }
}
