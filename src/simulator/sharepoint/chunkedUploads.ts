import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ContentDraft } from '../store/contentStore.ts'
import type { FileContent } from '../store/itemStore.ts'

interface Upload {
  readonly draft: ContentDraft
  readonly itemId: string
}

const uploads = new WeakMap<Tenant['db'], Map<string, Upload>>()

function uploadsOf(tenant: Tenant): Map<string, Upload> {
  const known = uploads.get(tenant.db)
  if (known !== undefined) return known
  const made = new Map<string, Upload>()
  uploads.set(tenant.db, made)
  return made
}

function required(tenant: Tenant, uploadId: string): Upload {
  const upload = uploadsOf(tenant).get(uploadId)
  if (upload === undefined)
    throw new ServiceError(400, '-2147024809, System.ArgumentException', 'The upload session was not found. Start a new upload.')
  return upload
}

async function append(upload: Upload, request: ServiceRequest): Promise<void> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > 0) await upload.draft.append(request.body, length)
}

/** Begins an upload into an existing file and stores the first fragment; answers the bytes received. */
export async function startUpload(tenant: Tenant, uploadId: string, itemId: string, request: ServiceRequest): Promise<number> {
  abandonUpload(tenant, uploadId)
  const upload: Upload = { draft: tenant.content.open(uploadId), itemId }
  uploadsOf(tenant).set(uploadId, upload)
  await append(upload, request)
  return upload.draft.receivedBytes
}

/** Stores the next fragment; it must begin where the last one ended. A broken body leaves the upload as it was. */
export async function appendFragment(tenant: Tenant, uploadId: string, offset: number, request: ServiceRequest): Promise<number> {
  const upload = required(tenant, uploadId)
  if (offset !== upload.draft.receivedBytes)
    throw new ServiceError(
      409,
      '-2130246390, Microsoft.SharePoint.SPException',
      `The file offset ${offset} does not continue the upload: ${upload.draft.receivedBytes} bytes were received.`,
    )
  await append(upload, request)
  return upload.draft.receivedBytes
}

/** Stores the last fragment and closes the upload. */
export async function finishUpload(
  tenant: Tenant,
  uploadId: string,
  offset: number,
  request: ServiceRequest,
): Promise<FileContent> {
  await appendFragment(tenant, uploadId, offset, request)
  const upload = required(tenant, uploadId)
  uploadsOf(tenant).delete(uploadId)
  return upload.draft.finish()
}

/** Forgets an upload and its bytes; nothing happens when there is none. */
export function abandonUpload(tenant: Tenant, uploadId: string): void {
  uploadsOf(tenant).get(uploadId)?.draft.discard()
  uploadsOf(tenant).delete(uploadId)
}
