import fs from 'node:fs'
import path from 'node:path'
import { generate } from 'selfsigned'

export interface CertificateAuthority {
  /** PEM, also at `certificateFile`. */
  readonly certificate: string
  readonly certificateFile: string
}

export interface HostCertificate {
  readonly certificate: string
  readonly privateKey: string
}

const DAYS_MS = 24 * 3_600_000
const CA_LIFE_MS = 825 * DAYS_MS
const LEAF_LIFE_MS = 397 * DAYS_MS

/**
 * The tenant's own certificate authority and a certificate for its host names, made at the first start and kept in `folder`
 * (keys readable by the owner only). The leaf is renewed when the host names changed or its end is near; the authority stays.
 */
export async function prepareCertificates(
  folder: string,
  hosts: readonly string[],
): Promise<{ authority: CertificateAuthority; host: HostCertificate }> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const caFile = path.join(folder, 'ca.pem')
  const caKeyFile = path.join(folder, 'ca.key')
  if (!fs.existsSync(caKeyFile)) {
    const made = await generate([{ name: 'commonName', value: 'Portage practice tenant' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - DAYS_MS),
      notAfterDate: new Date(Date.now() + CA_LIFE_MS),
      extensions: [
        { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    })
    fs.writeFileSync(caFile, made.cert)
    writePrivate(caKeyFile, made.private)
  }
  const authority = { certificate: fs.readFileSync(caFile, 'utf8'), certificateFile: caFile }
  const host = await hostCertificate(folder, hosts, authority.certificate, fs.readFileSync(caKeyFile, 'utf8'))
  return { authority, host }
}

async function hostCertificate(
  folder: string,
  hosts: readonly string[],
  caCertificate: string,
  caKey: string,
): Promise<HostCertificate> {
  const file = path.join(folder, 'hosts.json')
  const wanted = hosts.join(' ')
  if (fs.existsSync(file)) {
    const kept: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
    if (isKeptCertificate(kept) && kept.hosts === wanted && kept.endsMs - Date.now() > 30 * DAYS_MS) return kept
  }
  const endsMs = Date.now() + LEAF_LIFE_MS
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAYS_MS),
    notAfterDate: new Date(endsMs),
    ca: { cert: caCertificate, key: caKey },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
    ],
  })
  const record = { hosts: wanted, endsMs, certificate: made.cert, privateKey: made.private }
  writePrivate(file, JSON.stringify(record))
  return record
}

function isKeptCertificate(value: unknown): value is HostCertificate & { hosts: string; endsMs: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'hosts' in value &&
    'endsMs' in value &&
    typeof value.endsMs === 'number' &&
    'certificate' in value &&
    typeof value.certificate === 'string' &&
    'privateKey' in value &&
    typeof value.privateKey === 'string'
  )
}

/** A file that only its owner may read. */
export function writePrivate(file: string, text: string): void {
  fs.writeFileSync(file, text, { mode: 0o600 })
  fs.chmodSync(file, 0o600)
}
