const PROGRESS = 'progress'

/** A second window with nothing but the progress, for the wall or the second screen. It is signed in as this one is. */
export function openProgressWindow(): void {
  window.open('/?view=progress', 'portage-progress', 'popup,width=900,height=700')
}

/** Whether this window is that second one. */
export function isProgressWindow(search: string): boolean {
  return new URLSearchParams(search).get('view') === PROGRESS
}
