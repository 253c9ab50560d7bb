// SPDX-License-Identifier: Apache-2.0
import { formatKey, toKey } from '@tidelock/api'
import type { Clock, Kind, KubeObject, ObjectKey } from '@tidelock/api'
import { Informer, isKubeError } from '@tidelock/kube'
import type { InformerState, KubeClient, KubeLog } from '@tidelock/kube'

/** Called with the object as it is now, or undefined when it does not exist. */
export type ObjectListener = (object: KubeObject | undefined) => void

/** What a watched kind is made of. */
export interface WatchedKindOptions {
  readonly client: KubeClient
  readonly kind: Kind
  readonly namespace: string | undefined
  /** Keep all of each object, not only what health is told by. */
  readonly whole: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly log: KubeLog
}

/** A watch of whole objects of one kind in one namespace, for those that wait for some of them. */
export class WatchedKind {
  /** Invariant: no empty sets. */
  readonly #listeners = new Map<string, Set<ObjectListener>>()
  readonly #informer: Informer
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor({ client, kind, namespace, whole, clock, random, log }: WatchedKindOptions) {
    this.#informer = new Informer({
      client,
      kind,
      namespace,
      clock,
      random,
      log,
      project: whole ? keep : project,
      freeze: false,
    })
    this.#informer.subscribe({
      upsert: (now) => this.#tell(now, now),
      remove: (last) => this.#tell(last, undefined),
    })
    this.#informer.onState((state) => {
      if (state.phase === 'watching') this.#tellAbsent()
    })
    this.#ended = this.#informer.start(this.#stop.signal).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) log.error({ err: error, kind: kind.kind, namespace }, 'a watch for health ended')
    })
  }

  /** Whether the server refuses to let this client watch the kind (the informer keeps trying, seldom). */
  get refused(): boolean {
    return isRefused(this.#informer.state)
  }

  get idle(): boolean {
    return this.#listeners.size === 0
  }

  /** Calls when the server refuses the watch. */
  onRefused(listener: () => void): () => void {
    return this.#informer.onState((state) => {
      if (isRefused(state)) listener()
    })
  }

  /** Tells the object's present state (once that is known) and each further one until the returned function is called. */
  listen(key: ObjectKey, listener: ObjectListener): () => void {
    const id = formatKey(key)
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    const present = this.#informer.get(key)
    if (present !== undefined || this.#informer.hasSynced()) listener(present)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }

  #tell(subject: KubeObject, now: KubeObject | undefined): void {
    for (const listener of this.#listeners.get(formatKey(toKey(subject))) ?? []) listener(now)
  }

  #tellAbsent(): void {
    for (const [id, listeners] of this.#listeners) {
      const slash = id.indexOf('/')
      const key = { namespace: id.slice(0, Math.max(slash, 0)), name: id.slice(slash + 1) }
      if (this.#informer.get(key) === undefined) for (const listener of listeners) listener(undefined)
    }
  }
}

function isRefused(state: InformerState): boolean {
  return state.phase === 'failing' && isKubeError(state.error, 'Forbidden', 'MethodNotAllowed', 'NotFound')
}

function keep(object: KubeObject): KubeObject {
  return object
}

/** Health needs no managedFields, and nothing that a Secret or ConfigMap holds. */
function project(object: KubeObject): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata
  if (object.apiVersion === 'v1' && (object.kind === 'Secret' || object.kind === 'ConfigMap')) {
    return { apiVersion: object.apiVersion, kind: object.kind, metadata }
  }
  return { ...object, metadata }
}
