// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'

/**
 * Why one of the references of `spec.healthChecks` can never be met, in Flux's words: an API version that is none, or a namespaced kind
 * without a namespace. Undefined where they may be; a kind that the server does not have may come.
 */
export async function invalidReference(
  client: Pick<KubeClient, 'resolve'>,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const unparsable = refs.find(({ apiVersion }) => apiVersion.split('/').length > 2)
  if (unparsable !== undefined) return `unexpected GroupVersion string: ${unparsable.apiVersion}`
  const bare = refs.filter(({ namespace }) => (namespace ?? '') === '')
  // all at once: together those that the server does not have cost one look at what it serves
  const kinds = await Promise.all(bare.map((ref) => client.resolve(ref, signal).catch(() => undefined)))
  signal.throwIfAborted()
  for (const [index, ref] of bare.entries()) {
    if (kinds[index]?.namespaced !== true) continue
    const { group } = parseApiVersion(ref.apiVersion)
    const groupKind = group === '' ? ref.kind : `${ref.kind}.${group}`
    return `resource ${groupKind} ${ref.name} is namespace scoped, but namespace is not set`
  }
  return undefined
}
