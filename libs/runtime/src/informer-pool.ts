// SPDX-License-Identifier: Apache-2.0
import { Informer } from '@tidelock/kube'
import { apiVersionOf } from '@tidelock/api'
import type { Kind, KubeObject } from '@tidelock/api'
import type { InformerOptions } from '@tidelock/kube'
import type { ManagerConfig } from './manager-types.ts'

/** What to watch of a kind. */
export interface SharedInformerOptions<T> {
  /** Absent: all namespaces, or the runtime namespace alone with `--watch-all-namespaces=false`. */
  readonly namespace?: string
  /** Absent: everything. Own kinds are watched by `--watch-label-selector`. */
  readonly labelSelector?: string
  readonly metadataOnly?: boolean
  /** Informers with a projection are shared by those who pass the same function. */
  readonly project?: (obj: KubeObject) => T
}

/** The informers of a process: one for all who watch the same. */
export class InformerPool {
  readonly #config: ManagerConfig
  readonly #informers = new Map<string, Informer<never>[]>()
  readonly #projections = new Map<Informer<never>, unknown>()
  readonly #running: Promise<void>[] = []
  #signal: AbortSignal | undefined

  constructor(config: ManagerConfig) {
    this.#config = config
  }

  /** The shared informer; it is started with the others, or at once when they run already. */
  get<T extends KubeObject>(kind: Kind, options: SharedInformerOptions<T> = {}): Informer<T> {
    const { client, options: flags, log, clock, random } = this.#config
    const namespace = options.namespace ?? (flags.watchAllNamespaces ? '' : flags.runtimeNamespace)
    const { labelSelector = '', metadataOnly = false, project } = options
    const id = JSON.stringify([apiVersionOf(kind), kind.kind, namespace, labelSelector, metadataOnly])
    const known = this.#informers.get(id) ?? []
    for (const informer of known)
      if (this.#projections.get(informer) === project) return informer as unknown as Informer<T>
    const settings: InformerOptions<T> = {
      client,
      kind,
      metadataOnly,
      log,
      clock,
      random,
      ...(namespace === '' || !kind.namespaced ? {} : { namespace }),
      ...(labelSelector === '' ? {} : { labelSelector }),
      ...(project === undefined ? {} : { project }),
    }
    const informer = new Informer<T>(settings)
    const erased = informer as unknown as Informer<never>
    this.#informers.set(id, [...known, erased])
    this.#projections.set(erased, project)
    if (this.#signal !== undefined) this.#running.push(erased.start(this.#signal))
    return informer
  }

  /** Starts all informers; they run until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal
    for (const informers of this.#informers.values())
      for (const informer of informers) this.#running.push(informer.start(signal))
  }

  /** Resolves when every informer has ended. */
  async stopped(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
