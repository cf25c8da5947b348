/** Numbers of Windows errors that mean something to a walk, in the words of node:fs. Source: winerror.h. */
const ERRNO: Readonly<Record<number, string>> = {
  2: 'ENOENT',
  3: 'ENOENT',
  5: 'EACCES',
  32: 'EBUSY',
  33: 'EBUSY',
  53: 'ENOENT',
  64: 'ECONNRESET',
  65: 'EACCES',
  67: 'ENOENT',
  123: 'EINVAL',
  206: 'ENAMETOOLONG',
  267: 'ENOTDIR',
  1219: 'EPERM',
  1326: 'EACCES',
  1314: 'EPERM',
  1920: 'EACCES',
  1921: 'ELOOP',
}

/** What Windows refused. `code` as node:fs has it, so that both are read alike; `windowsCode` is the system's own number. */
export class WindowsError extends Error {
  readonly code: string
  readonly windowsCode: number

  constructor(call: string, windowsCode: number) {
    const code = ERRNO[windowsCode] ?? 'EIO'
    super(`${code}: ${call} (Windows error ${windowsCode})`)
    this.name = 'WindowsError'
    this.code = code
    this.windowsCode = windowsCode
  }
}
