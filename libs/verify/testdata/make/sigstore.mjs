// SPDX-License-Identifier: Apache-2.0
// A Sigstore deployment of one process, for `cosign sign` to sign against: an authority, a transparency log, and the trusted
// root of both. Usage: node sigstore.mjs <port> <directory>; writes trusted_root.json, signing_config.json, rekor.pub, ctfe.pub, fulcio.pem, token.
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock'

const [port, directory] = [Number(process.argv[2]), process.argv[3]]
const url = `http://localhost:${port}`
const issuer = 'https://issuer.example.com'
const subject = 'https://ci.example.com/apps/podinfo'
const keys = (curve) => generateKeyPairSync('ec', { namedCurve: curve })
const start = new Date(Date.now() - 60_000)
const ctLog = await initializeCTLog(keys('prime256v1'))
const ca = await initializeCA(keys('secp384r1'), ctLog)
const log = await initializeTLog(url, keys('prime256v1'))

const base64 = (value) => Buffer.from(value.buffer ?? value, value.byteOffset, value.byteLength).toString('base64')
const sha256 = (value) => createHash('sha256').update(value).digest()
const pem = (label, der) => `-----BEGIN ${label}-----\n${base64(der).match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`
const validFor = { start: start.toISOString() }
const logOf = (baseUrl, publicKey) => ({
  baseUrl,
  hashAlgorithm: 'SHA2_256',
  publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
  logId: { keyId: base64(sha256(publicKey)) },
})
const root = {
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [logOf(url, log.publicKey)],
  certificateAuthorities: [
    { subject: { organization: 'sigstore.mock', commonName: 'sigstore' }, uri: url, certChain: { certificates: [{ rawBytes: base64(ca.rootCertificate) }] }, validFor },
  ],
  ctlogs: [logOf(url, ctLog.publicKey)],
  timestampAuthorities: [],
}
const service = { url, majorApiVersion: 1, validFor, operator: 'test' }
const signingConfig = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [service],
  oidcUrls: [service],
  rekorTlogUrls: [service],
  rekorTlogConfig: { selector: 'ANY' },
  tsaUrls: [],
  tsaConfig: { selector: 'ANY' },
}
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const token = `${part({ alg: 'RS256' })}.${part({ iss: issuer, sub: subject, aud: 'sigstore', iat: now, exp: now + 3600 })}.c2ln`
for (const [name, content] of Object.entries({
  'trusted_root.json': JSON.stringify(root, null, 2),
  'signing_config.json': JSON.stringify(signingConfig),
  'rekor.pub': pem('PUBLIC KEY', log.publicKey),
  'ctfe.pub': pem('PUBLIC KEY', ctLog.publicKey),
  'fulcio.pem': pem('CERTIFICATE', ca.rootCertificate),
  token,
})) writeFileSync(join(directory, name), content)

/** What Rekor keeps of a proposed entry: of an envelope, its digests and signatures. */
function canonical(entry) {
  if (entry.kind !== 'dsse') return entry
  const envelope = JSON.parse(entry.spec.proposedContent.envelope)
  const hash = (value) => ({ algorithm: 'sha256', value: sha256(value).toString('hex') })
  const [verifier] = entry.spec.proposedContent.verifiers
  const signatures = envelope.signatures.map((signature) => ({ signature: signature.sig, verifier }))
  const spec = { envelopeHash: hash(entry.spec.proposedContent.envelope), payloadHash: hash(Buffer.from(envelope.payload, 'base64')), signatures }
  return { apiVersion: entry.apiVersion, kind: entry.kind, spec }
}

async function answer(request, body) {
  if (request.url === '/api/v2/signingCert') {
    const publicKey = createPublicKey(JSON.parse(body).publicKeyRequest.publicKey.content).export({ type: 'spki', format: 'der' })
    const extensions = [{ oid: '1.3.6.1.4.1.57264.1.1', value: issuer, legacy: true }, { oid: '1.3.6.1.4.1.57264.1.8', value: issuer }]
    const certificate = await ca.issueCertificate({ publicKey, subjectAltName: subject, extensions })
    const certificates = [pem('CERTIFICATE', certificate), pem('CERTIFICATE', ca.rootCertificate)]
    return [200, 'application/json', JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } })]
  }
  if (request.url === '/api/v1/log/entries') {
    const entries = await log.log(canonical(JSON.parse(body)))
    return [201, 'application/json', JSON.stringify(entries)]
  }
  if (request.url === '/api/v1/log/publicKey') return [200, 'application/x-pem-file', pem('PUBLIC KEY', log.publicKey)]
  return [404, 'text/plain', 'not here']
}

createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const [status, type, body] = await answer(request, Buffer.concat(chunks).toString()).catch((error) => [500, 'text/plain', String(error)])
  console.error(request.method, request.url, status)
  const uuid = status === 201 && request.url.startsWith('/api/v1/log') ? Object.keys(JSON.parse(body))[0] : ''
  response.writeHead(status, { 'content-type': type, location: `/api/v1/log/entries/${uuid}`, etag: uuid }).end(body)
}).listen(port)
