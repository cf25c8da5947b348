import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Destination } from '../../engine/ports/destination.ts'
import type { Permissions, SecuredItem } from '../../engine/ports/permissions.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

const never = new AbortController().signal
let tenant: RunningTenant
let service: Service
let destination: Destination
let permissions: Permissions
let folderCount = 0

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await connectTo(tenant.connectionFile)
  destination = await service.destinations.open(
    { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/finance', library: 'Documents', folder: '' },
    { createMissing: true, signal: never },
  )
  if (!destination.permissions) throw new Error('a library of a site has permissions')
  permissions = destination.permissions
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})

let item: SecuredItem
beforeEach(async () => {
  const name = `Q${++folderCount} & 100% 'own'`
  await destination.createFolder(destination.place.rootItemId, name, never)
  item = { kind: 'folder', serverRelativePath: `${destination.place.serverRelativePath}/${name}` }
})

async function idOf(upn: string): Promise<number> {
  const principal = await permissions.principal(upn, never)
  if (!principal) throw new Error(`nobody is ${upn}`)
  return principal.id
}

async function assigned() {
  const found = await permissions.read(item, never)
  if (found.kind === 'inherits') return 'inherits'
  return found.assignments.map(({ principalId, role }) => `${principalId} ${role}`).sort()
}

describe('permissions of an item', () => {
  test('a new folder inherits', async () => {
    expect(await permissions.read(item, never)).toEqual({ kind: 'inherits' })
  })

  test('gets exactly what is assigned, and the owners of the site keep theirs', async () => {
    const [ann, bob, owners] = [await idOf('ann@contoso.com'), await idOf('bob@contoso.com'), await permissions.owners(never)]
    await permissions.assign(
      item,
      [
        { principalId: ann, role: 'contribute' },
        { principalId: bob, role: 'read' },
      ],
      { keepsOthers: false, signal: never },
    )
    const expected = [`${ann} contribute`, `${bob} read`, `${owners?.id} fullControl`].sort()
    expect(await assigned()).toEqual(expected)
    await permissions.assign(
      item,
      [
        { principalId: bob, role: 'read' },
        { principalId: ann, role: 'contribute' },
      ],
      { keepsOthers: false, signal: never },
    )
    expect(await assigned()).toEqual(expected)
    await permissions.assign(item, [{ principalId: ann, role: 'read' }], { keepsOthers: false, signal: never })
    expect(await assigned()).toEqual([`${ann} read`, `${owners?.id} fullControl`].sort())
  })

  test('keeps what others have assigned when asked to', async () => {
    const [ann, bob, owners] = [await idOf('ann@contoso.com'), await idOf('bob@contoso.com'), await permissions.owners(never)]
    await permissions.assign(item, [{ principalId: bob, role: 'edit' }], { keepsOthers: false, signal: never })
    await permissions.assign(item, [{ principalId: ann, role: 'read' }], { keepsOthers: true, signal: never })
    expect(await assigned()).toEqual([`${ann} read`, `${bob} edit`, `${owners?.id} fullControl`].sort())
  })

  test('nobody of a name is nobody, and is asked for once', async () => {
    expect(await permissions.principal('ghost@contoso.com', never)).toBeUndefined()
    const spent = service.spentUnits()
    expect(await permissions.principal('ANN@contoso.com', never)).toEqual(await permissions.principal('ann@contoso.com', never))
    expect(service.spentUnits() - spent).toBeLessThanOrEqual(5)
  })

  test('an item that is not there', async () => {
    await expect(
      permissions.assign({ ...item, serverRelativePath: `${item.serverRelativePath}x` }, [], {
        keepsOthers: false,
        signal: never,
      }),
    ).rejects.toMatchObject({ code: 'DST_NOT_FOUND' })
  })
})
