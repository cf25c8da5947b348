import fs from 'node:fs'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { securityHeaders } from '../host/screenFiles.ts'

/** Sends one exported file as a download; `false` = there is no such file below the folder. */
export async function sendReport(
  response: ServerResponse,
  options: { readonly reportsFolder: string; readonly urlPath: string },
): Promise<boolean> {
  const file = await reportFile(options)
  if (!file) return false
  const { size } = await fs.promises.stat(file)
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': size,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.basename(file))}`,
    'cache-control': 'no-store',
    ...securityHeaders("default-src 'none'"),
  })
  // A browser that goes away in the middle is no error of ours.
  await pipeline(fs.createReadStream(file, { end: Math.max(size - 1, 0) }), response).catch(() => undefined)
  return true
}

async function reportFile({
  reportsFolder,
  urlPath,
}: {
  readonly reportsFolder: string
  readonly urlPath: string
}): Promise<string | undefined> {
  const segments = decodedSegments(urlPath)
  if (!segments) return undefined
  try {
    const root = await fs.promises.realpath(reportsFolder)
    const file = await fs.promises.realpath(path.join(root, ...segments))
    if (!file.startsWith(root + path.sep)) return undefined
    return (await fs.promises.stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

function decodedSegments(urlPath: string): readonly string[] | undefined {
  try {
    const segments = urlPath.split('/').map(decodeURIComponent)
    const isPlain = segments.every(
      (segment) => segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\0:]/.test(segment),
    )
    return isPlain ? segments : undefined
  } catch {
    return undefined
  }
}
