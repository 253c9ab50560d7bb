// SPDX-License-Identifier: Apache-2.0
// Writes what a registry holds of one repository into one file: its tags, and every manifest and blob below them in base64.
// Usage: node dump.mjs <http://registry> <repository> <file>
import { writeFileSync } from 'node:fs'

const [registry, repository, file] = process.argv.slice(2)
const base = `${registry}/v2/${repository}`
const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json'
const [manifests, blobs, tags] = [{}, {}, {}]

async function read(path) {
  const response = await fetch(`${base}/${path}`, { headers: { accept } })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return [Buffer.from(await response.arrayBuffer()), response.headers.get('docker-content-digest')]
}

async function manifest(reference) {
  const [bytes, digest] = await read(`manifests/${reference}`)
  if (manifests[digest] !== undefined) return digest
  const { mediaType, manifests: children = [], layers = [], config } = JSON.parse(bytes)
  manifests[digest] = { mediaType, content: bytes.toString('base64') }
  for (const child of children) await manifest(child.digest)
  for (const blob of config === undefined ? [] : [config, ...layers]) blobs[blob.digest] ??= (await read(`blobs/${blob.digest}`))[0].toString('base64')
  return digest
}

const list = JSON.parse((await read('tags/list'))[0])
for (const tag of list.tags) tags[tag] = await manifest(tag)
writeFileSync(file, `${JSON.stringify({ tags, manifests, blobs }, null, 1)}\n`)
