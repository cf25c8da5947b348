import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { Bridge } from '../shared/contract/bridge.ts'
import { CHANNELS } from '../shared/contract/channels.ts'

/** Hears one channel until the returned function is called. */
function hear<T>(channel: string, listener: (message: T) => void): () => void {
  // Only the shell sends on these channels, and it sends what their names say.
  const onMessage = (_event: unknown, message: T) => listener(message)
  ipcRenderer.on(channel, onMessage)
  return () => {
    ipcRenderer.off(channel, onMessage)
  }
}

const bridge: Bridge = {
  capabilities: { dropGivesPath: true, nativeDialogs: true, downloads: false },
  native: {
    pathOfDropped: (file) => (file instanceof File ? webUtils.getPathForFile(file) : ''),
    chooseFolder: () => ipcRenderer.invoke(CHANNELS.native, { name: 'chooseFolder' }),
    chooseFile: (options) => ipcRenderer.invoke(CHANNELS.native, { name: 'chooseFile', ...options }),
    showFolder: (folder) => ipcRenderer.invoke(CHANNELS.native, { name: 'showFolder', folder }),
    onMenu: (listener) => hear(CHANNELS.menu, listener),
    onOpen: (listener) => hear(CHANNELS.open, listener),
  },
  call: (command, request) => ipcRenderer.invoke(CHANNELS.call, { id: 0, command, request }),
  subscribe({ onEvent, onLink }) {
    const ends = [hear(CHANNELS.event, onEvent), hear(CHANNELS.link, onLink)]
    void ipcRenderer.invoke(CHANNELS.attach)
    return () => {
      for (const end of ends) end()
    }
  },
}

contextBridge.exposeInMainWorld('portage', bridge)
