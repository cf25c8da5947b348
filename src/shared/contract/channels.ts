/** Names of the desktop shell's channels; each side of the shell knows them from here only. */
export const CHANNELS = {
  /** Window → shell: one request frame, answered by one answer frame. */
  call: 'portage:call',
  /** Window → shell: tell me the last state and every event from now on. */
  attach: 'portage:attach',
  /** Window → shell: a dialog of the operating system and the like, by name. */
  native: 'portage:native',
  /** Shell → window. */
  event: 'portage:event',
  link: 'portage:link',
  menu: 'portage:menu',
  open: 'portage:open',
} as const
