// SPDX-License-Identifier: Apache-2.0
import { finalizer } from '@tidelock/api'
import type { Alert, Clock, KubeObject, Provider } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { refOf } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'

/** What taking finalizers away works with. */
export interface ReleaseDependencies {
  readonly client: Pick<KubeClient, 'find' | 'patch'>
  readonly clock: Pick<Clock, 'sleep'>
  readonly log: Pick<Logger, 'debug' | 'warn'>
  readonly signal: AbortSignal
}

const laterMs = 5000

/**
 * Takes Flux's finalizer off an object that needs it no more, else nobody could delete it: Alerts lose it on sight, Providers, which
 * Flux 2.9 still gives one, when they are deleted. Tries until it is done; never throws.
 */
export function createRelease(dependencies: ReleaseDependencies): (object: Alert | Provider) => void {
  const underWay = new Set<string>()
  return (object) => {
    const uid = object.metadata.uid ?? ''
    if (!isDue(object) || underWay.has(uid)) return
    underWay.add(uid)
    release(dependencies, object)
      .catch(() => undefined)
      .finally(() => underWay.delete(uid))
  }
}

function isDue({ kind, metadata, spec }: KubeObject & { readonly spec: { readonly suspend?: boolean } }): boolean {
  if (metadata.finalizers?.includes(finalizer) !== true) return false
  return metadata.deletionTimestamp !== undefined || (kind === 'Alert' && spec.suspend !== true)
}

async function release(dependencies: ReleaseDependencies, object: Alert | Provider): Promise<void> {
  const { client, clock, log, signal } = dependencies
  const ref = refOf(object)
  let isFirst = true
  while (!signal.aborted) {
    try {
      const now = await client.find<Alert | Provider>(ref, { signal })
      if (now === undefined || now.metadata.uid !== object.metadata.uid || !isDue(now)) return
      const { finalizers = [], resourceVersion } = now.metadata
      const metadata = { finalizers: finalizers.filter((each) => each !== finalizer), resourceVersion }
      await client.patch(ref, { type: 'merge', body: { metadata }, fieldManager: 'notification-controller', signal })
      return
    } catch (error) {
      const about = { object: ref, error: errorMessage(error) }
      if (isFirst) log.warn(about, "Flux's finalizer cannot be taken away yet, which will be tried again")
      else log.debug(about, "Flux's finalizer cannot be taken away yet")
      isFirst = false
      await clock.sleep(laterMs, signal)
    }
  }
}
