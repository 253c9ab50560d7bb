// SPDX-License-Identifier: Apache-2.0
import type { JsonObject, KubeObject } from '@tidelock/api'

/** What stands in place of values that SOPS encrypted: flux's own mark. */
export const sopsMask = '**SOPS**'

const dockerConfigType = 'kubernetes.io/dockerconfigjson'

/**
 * A Secret with its encrypted values replaced, since no key is at hand: all of them and without its `sops` field where the Secret
 * itself is encrypted, else those that hold an encrypted file. Other objects are handed back as they are.
 */
export function maskSops(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object
  const { sops, ...rest } = object
  if (!isEncrypted(sops)) {
    const holdsFile = (text: string): boolean => text.includes('sops') && text.includes('ENC[')
    return withValues(object, (value, decoded) => (holdsFile(decoded) ? sopsMask : value))
  }
  const mask = object['type'] === dockerConfigType ? JSON.stringify({ mask: sopsMask }) : sopsMask
  return withValues(rest, () => mask)
}

function isEncrypted(sops: unknown): boolean {
  return isRecord(sops) && typeof sops['mac'] === 'string' && sops['mac'].startsWith('ENC[')
}

type Replace = (value: string, decoded: string) => string

/** `replace` gives the text of a value back as it was, to keep it, or another text. */
function withValues(secret: KubeObject, replace: Replace): KubeObject {
  const { data, stringData } = secret
  const mapped = (values: JsonObject, each: (value: string) => string): JsonObject =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? each(value) : value]),
    )
  const inData = (value: string): string => {
    const replaced = replace(value, Buffer.from(value, 'base64').toString('utf8'))
    return replaced === value ? value : Buffer.from(replaced, 'utf8').toString('base64')
  }
  return {
    ...secret,
    ...(isRecord(data) ? { data: mapped(data, inData) } : {}),
    ...(isRecord(stringData) ? { stringData: mapped(stringData, (value) => replace(value, value)) } : {}),
  }
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
