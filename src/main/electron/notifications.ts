import { Notification } from 'electron'
import type { AppPlace } from '../../shared/contract/deepLink.ts'
import type { Notice } from './shellState.ts'

/** Tells a notice through the operating system; a click opens its place. Kept until shown: a collected notification cannot be clicked. */
export function createNotifier(open: (place: AppPlace) => void): (notice: Notice) => void {
  const shown = new Set<Notification>()
  return ({ title, body, opens }) => {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title, body })
    shown.add(notification)
    notification.on('click', () => open(opens))
    notification.on('close', () => shown.delete(notification))
    notification.show()
  }
}
