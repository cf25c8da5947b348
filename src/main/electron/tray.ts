import { Menu, nativeImage, Tray } from 'electron'
import type { ShellState, TrayMood } from './shellState.ts'

const SIZE = 32
/** Blue, green, green, amber, grey: the same words stand in the tooltip, colour is never alone. */
const COLOURS: Readonly<Record<TrayMood, readonly [red: number, green: number, blue: number]>> = {
  idle: [0x0f, 0x6c, 0xbd],
  working: [0x10, 0x7c, 0x10],
  attention: [0xda, 0x3b, 0x01],
  offline: [0x8a, 0x88, 0x86],
}

/** A disc with a box in it, as BGRA rows: no file to pack, sharp at the size where trays show it. */
export function drawMood(mood: TrayMood): Buffer {
  const pixels = Buffer.alloc(SIZE * SIZE * 4)
  const [red, green, blue] = COLOURS[mood]
  const middle = (SIZE - 1) / 2
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      if (Math.hypot(x - middle, y - middle) > SIZE / 2 - 1) continue
      const isBox = x >= 9 && x <= 22 && y >= 10 && y <= 22 && !(y === 14 && x !== 15 && x !== 16)
      pixels.set(isBox ? [255, 255, 255, 255] : [blue, green, red, 255], (y * SIZE + x) * 4)
    }
  }
  return pixels
}

/** The icon beside the clock: state at a glance, and the way back to a window that was closed. */
export function createTray(actions: { readonly open: () => void; readonly quit: () => void }): { show(state: ShellState): void } {
  const icon = (mood: TrayMood) => nativeImage.createFromBitmap(drawMood(mood), { width: SIZE, height: SIZE, scaleFactor: 2 })
  const tray = new Tray(icon('offline'))
  tray.on('click', actions.open)
  let shown: string | undefined
  return {
    show({ mood, summary }) {
      if (shown === `${mood} ${summary}`) return
      shown = `${mood} ${summary}`
      tray.setImage(icon(mood))
      tray.setToolTip(summary)
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: summary, enabled: false },
          { type: 'separator' },
          { label: 'Open Portage', click: actions.open },
          { label: 'Quit', click: actions.quit },
        ]),
      )
    },
  }
}
