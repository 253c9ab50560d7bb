// SPDX-License-Identifier: Apache-2.0
import type { ObjectKey } from '@tidelock/api'
import type { TokenCacheObserver } from '@tidelock/auth'
import { counter, gauge } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'

/** What tokens are asked for, as the label `operation` names it. */
export type TokenOperation =
  | 'fetch_kubeconfig'
  | 'decrypt_with_aws'
  | 'decrypt_with_azure'
  | 'decrypt_with_gcp'
  | 'decrypt_with_vault'

/** The cache's observer, and what forgets an object that is gone. */
export interface TokenCacheMetrics extends TokenCacheObserver {
  /** Deletes the series of a Kustomization that is gone. */
  forget(key: ObjectKey): void
}

const operations: readonly TokenOperation[] = [
  'fetch_kubeconfig',
  'decrypt_with_aws',
  'decrypt_with_azure',
  'decrypt_with_gcp',
  'decrypt_with_vault',
]

/** Registers Flux's `gotk_token_*`. Series: two for each object and operation that ever asked. */
export function createTokenCacheMetrics(registry: RuntimeMetrics['registry']): TokenCacheMetrics {
  const labels = ['event_type', 'kind', 'name', 'namespace', 'operation']
  const events = counter(registry, 'gotk_token_cache_events_total', eventsHelp, labels)
  const requests = counter(registry, 'gotk_token_cache_requests_total', requestsHelp, ['status'])
  const evictions = counter(registry, 'gotk_token_cache_evictions_total', evictionsHelp, [])
  const items = gauge(registry, 'gotk_token_cached_items', itemsHelp, [])
  return {
    event: (type, { kind, name, namespace, operation }) =>
      events.inc({ event_type: type, kind, name, namespace, operation }),
    request: (status) => requests.inc({ status }),
    eviction: () => evictions.inc(),
    items: (count) => items.set(count),
    forget({ name, namespace }) {
      for (const operation of operations)
        for (const event_type of ['cache_hit', 'cache_miss'])
          events.remove({ event_type, kind: 'Kustomization', name, namespace, operation })
    },
  }
}

const eventsHelp = 'Total number of cache retrieval events for a Gitops Toolkit resource reconciliation.'
const requestsHelp = 'Total number of cache requests partioned by success or failure.'
const evictionsHelp = 'Total number of cache evictions.'
const itemsHelp = 'Total number of items in the cache.'
