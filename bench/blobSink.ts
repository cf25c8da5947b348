import fs from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { generate } from 'selfsigned'

/** Takes every body and keeps none: how fast a client can be, when the store is not what it waits for. `blobSink.ts FOLDER` prints its port. */

const [folder = ''] = process.argv.slice(2)
const made = await generate([{ name: 'commonName', value: 'sink.blob.core.windows.net' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'sink.blob.core.windows.net' }] },
  ],
})
fs.writeFileSync(path.join(folder, 'sink.pem'), made.cert)
const server = https.createServer({ key: made.private, cert: made.cert }, (request, response) => {
  request.resume()
  request.once('end', () => response.writeHead(201).end())
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.once('SIGTERM', () => process.exit(0))
