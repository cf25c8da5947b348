// Prints what is needed to run a private Samba server, as {"ready":true} or {"reason"}: root, mount namespaces (its people are nobody's on this
// machine), and Samba with its Python modules, which set access lists on the server's side. On Debian as root Samba is installed.
import { spawnSync } from 'node:child_process'
import { installDebianPackages } from './browser.mjs'

const PACKAGES = ['samba', 'samba-vfs-modules', 'smbclient']

const works = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0

function missing() {
  if (!works('smbd', ['--version'])) return 'no smbd found'
  if (!works('smbclient', ['--version'])) return 'no smbclient found'
  return works('/usr/bin/python3', ['-c', 'import samba.ntacls, samba.auth_util'])
    ? undefined
    : 'the Python modules of Samba are missing'
}

function reason() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a private Samba server needs root on Linux'
  if (!works('unshare', ['--mount', 'true'])) return 'this system allows no mount namespaces (unshare --mount)'
  if (missing() === undefined) return undefined
  const problem = installDebianPackages(PACKAGES)
  const still = missing()
  return still === undefined ? undefined : `${still}; ${problem ?? 'Samba did not install'}`
}

const found = reason()
console.log(JSON.stringify(found === undefined ? { ready: true } : { reason: found }))
