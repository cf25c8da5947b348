import type { TaskId } from '../domain/ids.ts'
import { taskIdSchema } from '../domain/ids.ts'

/** Places of the app that can be opened from outside: by a link, a notification, the tray. */
export type AppPlace =
  | { readonly kind: 'view'; readonly view: 'overview' | 'migrations' | 'create' | 'reports' }
  | { readonly kind: 'task'; readonly taskId: TaskId }

const VIEWS = ['overview', 'migrations', 'create', 'reports'] as const

/** The scheme of links into the app, as `portage://task/<id>` or `portage://reports`. */
export const LINK_SCHEME = 'portage'

/** undefined for everything that is no such link: links come from mails and pages, that is from anybody. */
export function parseAppLink(link: string): AppPlace | undefined {
  const [, host, path = ''] = /^portage:\/\/([a-z]+)(?:\/([^/?#]*))?\/?$/.exec(link) ?? []
  if (host === 'task') {
    const id = taskIdSchema.safeParse(path)
    return id.success ? { kind: 'task', taskId: id.data } : undefined
  }
  const view = VIEWS.find((name) => name === host)
  return view !== undefined && path === '' ? { kind: 'view', view } : undefined
}
