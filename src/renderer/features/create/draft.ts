import type { CommandRequest } from '../../../shared/contract/commands.ts'
import { taskDraftSchema } from '../../../shared/contract/views.ts'
import type { DestinationSpec } from '../../../shared/domain/task.ts'

export type DestinationKind = DestinationSpec['kind']
export type TaskDraftRequest = CommandRequest<'tasks.add'>['draft']

/** The form as a person fills it. */
export interface DraftForm {
  readonly sources: readonly string[]
  readonly name: string
  readonly kind: DestinationKind
  readonly siteUrl: string
  readonly library: string
  readonly upn: string
  readonly teamId: string
  readonly channelId: string
  readonly folder: string
  readonly isScanOnly: boolean
}

export const emptyForm: DraftForm = {
  sources: [''],
  name: '',
  kind: 'library',
  siteUrl: '',
  library: 'Documents',
  upn: '',
  teamId: '',
  channelId: '',
  folder: '',
  isScanOnly: false,
}

export type FieldName = 'source' | 'name' | 'siteUrl' | 'library' | 'upn' | 'teamId' | 'channelId' | 'folder'
export type DraftProblems = Partial<Record<FieldName, string>>

/** The tasks that the form means, or what is missing. Several sources go to folders of their own below the destination. */
export function draftsOf(
  form: DraftForm,
): { readonly drafts: readonly TaskDraftRequest[] } | { readonly problems: DraftProblems } {
  const sources = form.sources.map((source) => source.trim()).filter((source) => source !== '')
  const problems: DraftProblems = {
    ...(sources.length === 0 ? { source: 'Name the folder to move.' } : {}),
    ...emptyDestinationProblems(form),
  }
  if (Object.keys(problems).length > 0) return { problems }
  const drafts = sources.map((path) => {
    const folder = [form.folder.replace(/\\/g, '/').replace(/^\/+|\/+$/g, ''), ...(sources.length > 1 ? [lastPart(path)] : [])]
      .filter((part) => part !== '')
      .join('/')
    return {
      source: { kind: 'fileShare' as const, path },
      destination: destinationOf(form, folder),
      ...(form.name.trim() === '' || sources.length > 1 ? {} : { name: form.name.trim() }),
      ...(form.isScanOnly ? { settings: { isScanOnly: true } } : {}),
    }
  })
  for (const draft of drafts) {
    const parsed = taskDraftSchema.safeParse(draft)
    const [issue] = parsed.error?.issues ?? []
    if (issue) return { problems: { [fieldOf(issue.path)]: `${issue.message}.` } }
  }
  return { drafts }
}

function emptyDestinationProblems(form: DraftForm): DraftProblems {
  switch (form.kind) {
    case 'library':
      return {
        ...(URL.canParse(form.siteUrl.trim()) ? {} : { siteUrl: 'Give the whole address of the site, beginning with https://.' }),
        ...(form.library.trim() === '' ? { library: 'Name the library.' } : {}),
      }
    case 'oneDrive':
      return form.upn.includes('@') ? {} : { upn: 'Give the sign-in name of the person, such as ann@contoso.com.' }
    case 'channel':
      return {
        ...(form.teamId.trim() === '' ? { teamId: 'Give the id of the team.' } : {}),
        ...(form.channelId.trim() === '' ? { channelId: 'Give the id of the channel.' } : {}),
      }
  }
}

function destinationOf(form: DraftForm, folder: string): TaskDraftRequest['destination'] {
  switch (form.kind) {
    case 'library':
      return { kind: 'library', siteUrl: form.siteUrl.trim().replace(/\/+$/, ''), library: form.library.trim(), folder }
    case 'oneDrive':
      return { kind: 'oneDrive', upn: form.upn.trim(), folder }
    case 'channel':
      return { kind: 'channel', teamId: form.teamId.trim(), channelId: form.channelId.trim(), folder }
  }
}

const FIELDS: readonly FieldName[] = ['name', 'siteUrl', 'library', 'upn', 'teamId', 'channelId', 'folder']

function fieldOf(path: readonly PropertyKey[]): FieldName {
  return FIELDS.find((field) => path.includes(field)) ?? 'source'
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? ''
}
