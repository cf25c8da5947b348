import fs from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and the missing ones above it, one by one. Node's own recursive mkdir never returns where the system says "no such file"
 * below a folder that exists (`/proc`, some mounts). Throws what the file system says.
 */
export function makeFolder(folder: string, options: { readonly mode?: number } = {}): void {
  const missing: string[] = []
  for (let at = path.resolve(folder); !isFolder(at); at = path.dirname(at)) {
    missing.push(at)
    if (path.dirname(at) === at) break
  }
  for (const one of missing.reverse()) {
    try {
      fs.mkdirSync(one, options)
    } catch (thrown) {
      // Another process may have made it in this moment.
      if (!isFolder(one)) throw thrown
    }
  }
}

function isFolder(place: string): boolean {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
}
