// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { Clock, Kind } from '@tidelock/api'
import { silentLog } from '@tidelock/kube'
import type { HealthTarget, HealthTrackerOptions } from './health-types.ts'
import { WatchedKind } from './watched-kind.ts'
import type { ObjectListener } from './watched-kind.ts'

interface Shared {
  readonly watch: WatchedKind
  cancelLinger: () => void
}

/** Gives out watches of single objects: one real watch per kind and namespace, shared by all that wait with this client. */
export class ObjectWatcher {
  readonly #options: HealthTrackerOptions
  readonly #shared = new Map<string, Shared>()
  readonly #lingerMs: number
  readonly #clock: Clock

  constructor(options: HealthTrackerOptions, lingerMs: number) {
    this.#options = options
    this.#lingerMs = lingerMs
    this.#clock = options.clock
  }

  /** Starts to watch the object; `refused` is called (again and again) while the server refuses the watch. The returned function ends it. */
  watch(kind: Kind, target: HealthTarget, listener: ObjectListener, refused: () => void): () => void {
    const { ref } = target
    const shared = this.#share(kind, target)
    shared.cancelLinger()
    const stopRefused = shared.watch.onRefused(refused)
    const stopListening = shared.watch.listen(
      { namespace: (kind.namespaced ? ref.namespace : '') ?? '', name: ref.name },
      listener,
    )
    if (shared.watch.refused) refused()
    return () => {
      stopRefused()
      stopListening()
      if (shared.watch.idle) this.#linger(kind, target, shared)
    }
  }

  /** Ends all watches. */
  async close(): Promise<void> {
    const all = [...this.#shared.values()]
    this.#shared.clear()
    for (const { cancelLinger } of all) cancelLinger()
    await Promise.all(all.map(({ watch }) => watch.close()))
  }

  #share(kind: Kind, target: HealthTarget): Shared {
    const id = shareId(kind, target)
    const namespace = kind.namespaced ? target.ref.namespace : undefined
    const whole = target.whole === true
    const found = this.#shared.get(id)
    if (found !== undefined) return found
    const { client, clock, random = Math.random, log = silentLog } = this.#options
    const shared: Shared = {
      watch: new WatchedKind({ client, kind, namespace, whole, clock, random, log }),
      cancelLinger: () => {},
    }
    this.#shared.set(id, shared)
    return shared
  }

  /** Waits come in waves (an app after another of one namespace), so a watch outlives its last user for a little. */
  #linger(kind: Kind, target: HealthTarget, shared: Shared): void {
    const id = shareId(kind, target)
    shared.cancelLinger()
    shared.cancelLinger = this.#clock.setTimeout(() => {
      if (!shared.watch.idle || this.#shared.get(id) !== shared) return
      this.#shared.delete(id)
      void shared.watch.close()
    }, this.#lingerMs)
  }
}

function shareId(kind: Kind, { ref, whole }: HealthTarget): string {
  const namespace = kind.namespaced ? (ref.namespace ?? '') : ''
  return `${apiVersionOf(kind)}/${kind.kind}/${namespace}${whole === true ? '/whole' : ''}`
}
