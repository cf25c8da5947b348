import { MigrationError } from '../../../shared/errors.ts'
import type { ImportPerson } from '../../engine/ports/importService.ts'
import { readErrorBody } from './errorBody.ts'
import { personSchema } from './migrationWire.ts'
import type { ServiceClient } from './serviceClient.ts'
import { plain, rest } from './sharePointRest.ts'
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
