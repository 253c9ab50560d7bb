// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { isRecord } from './record.ts'

/**
 * A Secret with `stringData` folded into `data` (it wins there): `stringData` is write-only, so a dry run would always
 * differ from the live object. A Secret whose `stringData` holds other than strings is left as it is, for the API server
 * to refuse in its own words.
 */
export function foldStringData(secret: KubeObject): KubeObject {
  const { stringData, data, ...rest } = secret
  if (!isRecord(stringData) || (data !== undefined && !isRecord(data))) return secret
  const values = Object.entries(stringData)
  if (!values.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return secret
  const folded = Object.fromEntries(values.map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]))
  const all = { ...data, ...folded }
  return Object.keys(all).length === 0 && data === undefined ? rest : { ...rest, data: all }
}

/** Whether the object is a Secret that SOPS encrypted and nobody decrypted; `decrypt: disabled` says that this is meant. */
export function isEncryptedSecret(object: KubeObject, labelGroup: string): boolean {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || object['sops'] === undefined) return false
  return object.metadata.annotations?.[`${labelGroup}/decrypt`]?.toLowerCase() !== 'disabled'
}
