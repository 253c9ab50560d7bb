// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { SopsError } from './errors.ts'
import type { KeyService, KeyServices } from './key-service.ts'
import { masterKeyName } from './master-key.ts'
import type { KeyGroup, MasterKey } from './master-key.ts'
import type { Metadata } from './metadata.ts'
import { combineParts } from './shamir.ts'

/** Why a master key gave nothing. */
interface KeyFailure {
  readonly key: string
  readonly problem: string
}

/**
 * The key that the values are encrypted with: from any master key of the one group, or put together from the parts of as many groups as
 * the file asks for. Throws `KeyUnavailable` with the names of all keys and what each of them lacked, or the signal's reason.
 */
export async function findDataKey(
  { keyGroups, shamirThreshold }: Pick<Metadata, 'keyGroups' | 'shamirThreshold'>,
  services: KeyServices,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const needed = keyGroups.length === 1 ? 1 : shamirThreshold || keyGroups.length
  const parts: Uint8Array[] = []
  const failures: KeyFailure[] = []
  for (const group of keyGroups) {
    if (parts.length >= needed) break
    const part = await openGroup(group, services, { failures, signal })
    if (part !== undefined) parts.push(part)
  }
  if (parts.length < needed) throw unavailable(failures, { opened: parts.length, needed, groups: keyGroups.length })
  return keyGroups.length === 1 ? (parts[0] ?? new Uint8Array()) : combineParts(parts)
}

interface Attempt {
  readonly failures: KeyFailure[]
  readonly signal: AbortSignal
}

async function openGroup(
  group: KeyGroup,
  services: KeyServices,
  { failures, signal }: Attempt,
): Promise<Uint8Array | undefined> {
  for (const key of group) {
    signal.throwIfAborted()
    const service = toService(services, key)
    try {
      if (service === undefined) throw new Error(`no credentials for keys of type ${key.type}`)
      return await service.decrypt(key, signal)
    } catch (error) {
      signal.throwIfAborted()
      failures.push({ key: describe(key), problem: errorMessage(error) })
    }
  }
  return undefined
}

/** The service of a key's type takes keys of that type. */
function toService(services: KeyServices, { type }: MasterKey): KeyService | undefined {
  return services[type]
}

function describe(key: MasterKey): string {
  return `${key.type} ${masterKeyName(key)}`
}

/** Enough to see which key is missing; the rest is in the details. */
const maxNamed = 10

function unavailable(
  failures: readonly KeyFailure[],
  { opened, needed, groups }: { opened: number; needed: number; groups: number },
): SopsError {
  const named = failures.slice(0, maxNamed).map(({ key, problem }) => `${key}: ${problem}`)
  const rest = failures.length > maxNamed ? [`and ${failures.length - maxNamed} more`] : []
  const share = groups === 1 ? '' : ` (${opened} of ${needed} needed key groups opened)`
  return new SopsError('KeyUnavailable', `no key opens the data key${share}: ${[...named, ...rest].join('; ')}`, {
    details: { keys: failures },
  })
}
