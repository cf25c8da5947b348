import type { Bridge } from '../../../shared/contract/bridge.ts'

const TYPE = 'application/x-portage-sources'

export function putDragged(paths: readonly string[], data: DataTransfer): void {
  data.setData(TYPE, JSON.stringify(paths))
  data.setData('text/plain', paths.join('\n'))
}

/** Paths of sources that were dragged inside the app, or of folders dropped from the desktop where this place tells their paths. */
export function droppedPaths(data: DataTransfer, native: Bridge['native']): readonly string[] {
  const own = data.getData(TYPE)
  if (own !== '') {
    const paths: unknown = JSON.parse(own)
    return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : []
  }
  const { pathOfDropped } = native
  if (!pathOfDropped) return []
  return [...data.files].map((file) => pathOfDropped(file)).filter((path) => path !== '')
}
