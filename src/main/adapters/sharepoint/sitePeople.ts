import { MigrationError } from '../../../shared/errors.ts'
import type { ImportPerson, ImportService } from '../../engine/ports/importService.ts'
import { readErrorBody } from './errorBody.ts'
import { formAnswerSchema, personSchema } from './migrationWire.ts'
import type { ServiceClient } from './serviceClient.ts'
import { plain, rest, restPath } from './sharePointRest.ts'
import { readAnswer } from './wire.ts'

/** `PrincipalType` of a person; the others are groups. [H.2] */
const PERSON = 1
const USER_CLAIM = 'i:0#.f|membership|'

/**
 * Makes a person known to the site, so that packages may name them. undefined = there is nobody of that UPN, or it is no person. The status of
 * that refusal varies in the field; its words do not. [H.2]
 */
export async function ensurePerson(
  client: ServiceClient,
  webApi: string,
  upn: string,
  signal: AbortSignal,
): Promise<ImportPerson | undefined> {
  const what = `The person ${upn}`
  const body = { kind: 'json', value: { logonName: `${USER_CLAIM}${upn}` } } as const
  return await client.retry(async () => {
    const reply = await rest(client, {
      method: 'POST',
      url: `${webApi}/web/ensureuser`,
      body,
      what,
      isRepeatable: true,
      accepts: [400, 404, 500],
      signal,
    })
    if (reply.status === 200) return personOf(readAnswer(personSchema, plain(reply.body), what))
    const { message } = readErrorBody(reply.body)
    if (/could not be found/i.test(message)) return undefined
    throw new MigrationError('DST_UNAVAILABLE', `${what} could not be asked for (${reply.status}): ${message}`, {
      remedy: { kind: 'retry' },
      status: reply.status,
    })
  }, signal)
}

/**
 * Writes people and times into the list item of a file. `bNewDocumentUpdate` makes no version; dates are given in ISO form, because every other
 * form means another day in some country. [D.5]
 */
export async function setPeople(
  client: ServiceClient,
  webApi: string,
  file: Parameters<ImportService['setPeople']>[0],
  signal: AbortSignal,
): Promise<void> {
  const what = `The people of ${file.serverRelativePath}`
  const { author, editor, times } = file
  const values: readonly (readonly [string, string | undefined])[] = [
    ['Author', author && keyOf(author)],
    ['Editor', keyOf(editor)],
    ['Created', dateOf(times?.createdMs)],
    ['Modified', dateOf(times?.modifiedMs)],
  ]
  const formValues = values.flatMap(([FieldName, FieldValue]) => (FieldValue === undefined ? [] : [{ FieldName, FieldValue }]))
  const at = `${webApi}/web/GetFileByServerRelativePath(decodedurl='${restPath(file.serverRelativePath)}')`
  await client.retry(async () => {
    const reply = await rest(client, {
      method: 'POST',
      url: `${at}/ListItemAllFields/ValidateUpdateListItem()`,
      body: { kind: 'json', value: { formValues, bNewDocumentUpdate: true } },
      what,
      isRepeatable: true,
      signal,
    })
    const refused = readAnswer(formAnswerSchema, plain(reply.body), what).find(({ HasException }) => HasException)
    if (!refused) return
    throw new MigrationError(
      'DST_REFUSED',
      `${what} were refused: ${refused.FieldName}: ${refused.ErrorMessage ?? 'no reason'}`,
      {
        remedy: { kind: 'failItem' },
      },
    )
  }, signal)
}

const keyOf = ({ login }: ImportPerson): string => JSON.stringify([{ Key: login }])

const dateOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`

function personOf(person: ReturnType<typeof personSchema.parse>): ImportPerson | undefined {
  if (person.PrincipalType !== PERSON) return undefined
  const nameId = person.UserId?.NameId ?? person.LoginName
  return {
    login: person.LoginName,
    name: person.Title,
    email: person.Email ?? '',
    systemId: Buffer.from(nameId, 'utf8').toString('base64'),
  }
}
