import { createHash, randomBytes } from 'node:crypto'
import tls from 'node:tls'
import { ContainerClient, RestError } from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, startDriveClient } from '../testing/driveClient.ts'
import { type Containers, createPackageBuilder } from '../testing/packageBuilder.ts'

let drive: DriveClient
let containers: Containers
let container: ContainerClient

/** The unmodified client, through the tenant's proxy; the process trusts the tenant's authority. */
function open(uri: string): ContainerClient {
  const options = {
    proxyOptions: { host: 'http://127.0.0.1', port: drive.world.port },
    retryOptions: { maxTries: 1 },
  }
  return new ContainerClient(uri, undefined, options)
}

beforeAll(async () => {
  drive = await startDriveClient()
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), drive.world.ca])
  containers = await createPackageBuilder(drive.world, drive.site, drive.library).provision()
  container = open(containers.content)
})
afterAll(() => drive.close())

async function refusalOf(
  work: Promise<unknown>,
): Promise<{ readonly status: number | undefined; readonly code: string | undefined }> {
  try {
    await work
  } catch (error) {
    if (error instanceof RestError) return { status: error.statusCode, code: error.code }
    throw error
  }
  throw new Error('The storage did not refuse.')
}

async function bytesOf(stream: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

describe('@azure/storage-blob against the storage host', () => {
  test('uploads with metadata, takes a snapshot and reads it by the address of the container', async () => {
    const blob = container.getBlockBlobClient('folder/with space & ü.dat')
    const data = randomBytes(50_000)
    await blob.upload(data, data.length, { metadata: { IV: 'abc=' } })
    const { snapshot } = await blob.createSnapshot()
    await blob.upload('later', 5)
    const frozen = blob.withSnapshot(snapshot ?? '')
    const properties = await frozen.getProperties()
    expect(properties).toMatchObject({ contentLength: 50_000, metadata: { iv: 'abc=' } })
    expect(Buffer.from(properties.contentMD5 ?? []).toString('base64')).toBe(createHash('md5').update(data).digest('base64'))
    expect(await bytesOf((await frozen.download()).readableStreamBody)).toEqual(data)
    expect(await bytesOf((await frozen.download(100, 10)).readableStreamBody)).toEqual(data.subarray(100, 110))
    expect(await bytesOf((await blob.download()).readableStreamBody)).toEqual(Buffer.from('later'))
  })

  test('stages blocks; the committed blob has an MD5 only when it is given one', async () => {
    const blob = container.getBlockBlobClient('large.dat')
    const data = randomBytes(6 * 1024 * 1024)
    await blob.uploadData(data, { maxSingleShotSize: 1024 * 1024, blockSize: 2 * 1024 * 1024, concurrency: 3 })
    expect((await blob.getProperties()).contentMD5).toBeUndefined()
    const md5 = createHash('md5').update(data).digest()
    await blob.uploadData(data, {
      maxSingleShotSize: 1024 * 1024,
      blockSize: 2 * 1024 * 1024,
      blobHTTPHeaders: { blobContentMD5: md5 },
      metadata: { IV: 'xyz=' },
    })
    const properties = await blob.getProperties()
    expect(Buffer.from(properties.contentMD5 ?? [])).toEqual(md5)
    expect(properties.metadata).toEqual({ iv: 'xyz=' })
    expect(await bytesOf((await blob.download()).readableStreamBody)).toEqual(data)
    const list = await blob.getBlockList('committed')
    expect(list.committedBlocks?.map((block) => block.size)).toEqual([2097152, 2097152, 2097152])
  })

  test('sets metadata of a blob that is there', async () => {
    const blob = container.getBlockBlobClient('meta.dat')
    await blob.upload('x', 1)
    await blob.setMetadata({ IV: 'later=' })
    expect((await blob.getProperties()).metadata).toEqual({ iv: 'later=' })
  })

  test('refuses wrong hashes, unknown blobs, failed conditions', async () => {
    const blob = container.getBlockBlobClient('refused.dat')
    const md5 = createHash('md5').update('other').digest()
    expect(
      await refusalOf(blob.stageBlock(Buffer.from('1').toString('base64'), 'data', 4, { transactionalContentMD5: md5 })),
    ).toEqual({
      status: 400,
      code: 'Md5Mismatch',
    })
    expect(await refusalOf(container.getBlockBlobClient('nobody.dat').download())).toMatchObject({
      status: 404,
      code: 'BlobNotFound',
    })
    await blob.upload('x', 1)
    expect(await refusalOf(blob.upload('y', 1, { conditions: { ifNoneMatch: '*' } }))).toMatchObject({
      status: 409,
      code: 'BlobAlreadyExists',
    })
    expect(await refusalOf(blob.upload('y', 1, { conditions: { ifMatch: '"0x0"' } }))).toMatchObject({
      status: 412,
      code: 'ConditionNotMet',
    })
  })

  test('lets nobody list, delete, or come with another signature', async () => {
    expect(await refusalOf(container.listBlobsFlat().next())).toEqual({ status: 403, code: 'AuthorizationPermissionMismatch' })
    expect(await refusalOf(container.getBlobClient('meta.dat').delete())).toEqual({
      status: 403,
      code: 'AuthorizationPermissionMismatch',
    })
    const forged = open(containers.content.replace('sp=rw', 'sp=rwdl'))
    expect(await refusalOf(forged.listBlobsFlat().next())).toEqual({ status: 403, code: 'AuthenticationFailed' })
    const other = open(containers.content.replace(/net\/[^?]+/, `net/${new URL(containers.manifest).pathname.slice(1)}`))
    expect(await refusalOf(other.getBlobClient('x').download())).toEqual({ status: 403, code: 'AuthenticationFailed' })
    const open_ = open(containers.content.replace(/\?.*/, ''))
    expect(await refusalOf(open_.getBlobClient('x').download())).toMatchObject({ status: 401 })
  })

  test('refuses everything when the three days are over', async () => {
    drive.world.tenant.clock.advance(3 * 24 * 3_600_000)
    expect(await refusalOf(container.getBlockBlobClient('late.dat').upload('x', 1))).toEqual({
      status: 403,
      code: 'AuthenticationFailed',
    })
  })
})
