// SPDX-License-Identifier: Apache-2.0
import { decryptAnnotation } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import type { JsonObject } from '@tidelock/kustomize-wasm'
import { formatOfContent, formatOfPath } from '@tidelock/sops'
import type { Decryptor } from './decryptor.ts'
import { formatGvk } from '../format-gvk.ts'
import { DecryptionError, decryptionFailed } from './error.ts'

/**
 * The text of the object with what SOPS encrypted in it made plain: the whole of it, or values of a Secret's data. Undefined where
 * nothing is encrypted, or where the annotation says that it stays so. Throws, naming object and key.
 */
export async function decryptObject(decryptor: Decryptor, built: JsonObject): Promise<string | undefined> {
  const object = built as unknown as EncryptedObject
  if (object.metadata.annotations?.[decryptAnnotation]?.toLowerCase() === 'disabled') return undefined
  const { apiVersion, kind, metadata } = object
  const path = [metadata.namespace, metadata.name].filter(Boolean).join('/')
  const subject: Subject = {
    opening: `decryption failed for '${formatGvk(apiVersion, kind)}/${metadata.name}'`,
    kind,
    path,
  }
  try {
    if (isEncrypted(object)) return await decryptWhole(decryptor, object, `${kind}/${path}`)
    return object.kind === 'Secret' ? await decryptData(decryptor, object, subject) : undefined
  } catch (cause) {
    decryptor.options.signal.throwIfAborted()
    throw decryptionFailed(`${subject.opening}: failed to decrypt and format '${path}' ${kind} data`, cause)
  }
}

/** How messages name an object, with Flux's words before the cause. */
interface Subject {
  readonly opening: string
  readonly kind: string
  readonly path: string
}

interface EncryptedObject extends KubeObject {
  readonly sops?: { readonly mac?: unknown }
  readonly data?: Readonly<Record<string, unknown>>
}

function isEncrypted({ sops }: EncryptedObject): boolean {
  return typeof sops === 'object' && sops !== null && Boolean(sops.mac)
}

async function decryptWhole(decryptor: Decryptor, object: EncryptedObject, what: string): Promise<string> {
  const { secrets, verifyMac } = decryptor.options
  const { mac } = object.sops ?? {}
  if (verifyMac === 'fail' && !(typeof mac === 'string' && decryptor.verified.has(mac)))
    throw new DecryptionError(
      'MacMismatch',
      `${what} does not come from a file of the source whose MAC could be verified`,
    )
  // Kustomize has changed it since it was encrypted: its MAC says nothing any more
  const bytes = Buffer.from(JSON.stringify(object))
  const decrypted = await decryptor.decrypt(bytes, { input: 'json', output: 'json', verify: false, what })
  const text = Buffer.from(decrypted.bytes).toString('utf8')
  const innocent = namesIn(JSON.parse(text) as EncryptedObject)
  for (const each of decrypted.secrets) if (!innocent.has(each)) secrets.add(each)
  return text
}

/** What stands in the inventory and in every event; with a file that is encrypted as a whole it would be masked there. */
function namesIn({ apiVersion, kind, metadata }: Partial<EncryptedObject>): ReadonlySet<unknown> {
  const { name, namespace, labels, annotations } = metadata ?? {}
  return new Set([apiVersion, kind, name, namespace, ...Object.values({ ...labels, ...annotations })])
}

async function decryptData(
  decryptor: Decryptor,
  object: EncryptedObject,
  subject: Subject,
): Promise<string | undefined> {
  const data: Record<string, unknown> = { ...object.data }
  let changed = false
  for (const [key, value] of Object.entries(data)) {
    const plain = await decryptEntry(decryptor, key, value, subject)
    if (plain === undefined) continue
    data[key] = plain
    changed = true
  }
  return changed ? JSON.stringify({ ...object, data }) : undefined
}

// no group is repeated: with a value of megabytes that would exhaust the stack
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

async function decryptEntry(
  decryptor: Decryptor,
  key: string,
  value: unknown,
  { opening, kind, path }: Subject,
): Promise<string | undefined> {
  const text = typeof value === 'string' ? value.replace(/[\r\n]/g, '') : ''
  // what is no base64 the API server refuses, with better words
  if (text === '' || text.length % 4 !== 0 || !base64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const input = formatOfContent(bytes)
  if (input === undefined) return undefined
  const entry = `key '${key}' of ${kind}/${path}`
  try {
    const decrypted = await decryptor.decrypt(bytes, { input, output: formatOfPath(key), verify: true, what: entry })
    const plain = Buffer.from(decrypted.bytes).toString('base64')
    for (const each of [...decrypted.secrets, plain]) decryptor.options.secrets.add(each)
    return plain
  } catch (cause) {
    decryptor.options.signal.throwIfAborted()
    throw decryptionFailed(`${opening}: failed to decrypt and format '${path}' Secret field '${key}'`, cause)
  }
}
