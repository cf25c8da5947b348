import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from '../../shared/contract/bridge.ts'

export function menuTemplate(options: {
  readonly isMac: boolean
  readonly send: (command: MenuCommand) => void
}): MenuItemConstructorOptions[] {
  return [
    ...(options.isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        { label: '&Create a migration…', accelerator: 'CmdOrCtrl+N', click: () => options.send('createTask') },
        { label: '&Export reports…', accelerator: 'CmdOrCtrl+E', click: () => options.send('exportReports') },
        { type: 'separator' },
        { role: options.isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [{ role: 'reload' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'resetZoom' }, { role: 'togglefullscreen' }],
    },
    { role: 'windowMenu' },
  ]
}

export function setMenu(send: (command: MenuCommand) => void): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ isMac: process.platform === 'darwin', send })))
}
