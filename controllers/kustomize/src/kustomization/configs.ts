// SPDX-License-Identifier: Apache-2.0
import { formatKey, parseLabelSelector, toKey } from '@tidelock/api'
import type { Kind, KubeObject, Kustomization, LabelSelector, ObjectKey } from '@tidelock/api'
import type { GetOptions, Informer, KubeClient, ObjectRef, RequestSlots } from '@tidelock/kube'
import type { EnqueueOptions, Manager } from '@tidelock/runtime'
import { sortByDependencies } from './fan-out.ts'

/** Reads ConfigMaps and Secrets: straight from the API server, or from a cache. */
export interface ConfigReader {
  /** Undefined when there is no such object. */
  find<T extends KubeObject>(ref: ObjectRef, options: GetOptions): Promise<T | undefined>
  /** The same, with what it asks of the API server taking slots. */
  within(slots: RequestSlots): ConfigReader
}

const kinds: readonly Kind[] = [
  { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
]

/** The ConfigMaps and Secrets that a Kustomization names, as `Kind/namespace/name`: what starts a run when it changes. */
export function configKeys({ spec, metadata }: Kustomization): string[] {
  const { namespace = '' } = metadata
  const { decryption, kubeConfig, postBuild } = spec
  const references = [
    { kind: 'Secret', name: decryption?.secretRef?.name },
    { kind: 'Secret', name: kubeConfig?.secretRef?.name },
    { kind: 'ConfigMap', name: kubeConfig?.configMapRef?.name },
    ...(postBuild?.substituteFrom ?? []),
  ]
  return references.flatMap(({ kind, name }) => (name === undefined ? [] : [configKey(kind, { namespace, name })]))
}

function configKey(kind: string, key: ObjectKey): string {
  return `${kind}/${formatKey(key)}`
}

/** What follows ConfigMaps and Secrets needs. */
interface ConfigWatchOptions {
  /** Text of `--watch-configs-label-selector`. */
  readonly selector: string
  /** The Kustomizations that name the object, by `Kind/namespace/name`. */
  readonly users: (configKey: string) => readonly Kustomization[]
  readonly enqueue: (key: ObjectKey, options: EnqueueOptions) => void
}

/** The watched ConfigMaps and Secrets of the manager. */
export interface Configs {
  readonly reader: ConfigReader
  /** Puts the users of each selected object that changes on the queue, until the signal aborts. */
  watch(options: ConfigWatchOptions, signal: AbortSignal): Promise<void>
}

/**
 * Sets up the informers of ConfigMaps and Secrets: of the metadata of those that the selector finds, or, where `cached` says that they
 * are read from memory (gate CacheSecretsAndConfigMaps), of all of them as they are.
 */
export function setupConfigs(
  manager: Manager,
  client: KubeClient,
  { cached, watched }: { readonly cached: boolean; readonly watched: boolean },
): Configs {
  const selector = manager.options.watchConfigsLabelSelector
  const scope = cached ? {} : { metadataOnly: true, ...(selector === '' ? {} : { labelSelector: selector }) }
  const informers = new Map(cached || watched ? kinds.map((kind) => [kind.kind, manager.informer(kind, scope)]) : [])
  return {
    reader: cached ? cachedReader(client, informers) : client,
    watch: async (options, signal) => {
      if (!watched) return
      await Promise.all(Array.from(informers.values(), (informer) => follow(informer, options, signal)))
    },
  }
}

function cachedReader(client: KubeClient, informers: ReadonlyMap<string, Informer>): ConfigReader {
  return {
    find: async <T extends KubeObject>(ref: ObjectRef, options: GetOptions): Promise<T | undefined> => {
      const informer = ref.apiVersion === 'v1' ? informers.get(ref.kind) : undefined
      if (informer === undefined) return client.find<T>(ref, options)
      await informer.waitForSync(options.signal)
      return informer.get({ namespace: ref.namespace ?? '', name: ref.name }) as T | undefined
    },
    within: (slots) => cachedReader(client.within(slots), informers),
  }
}

async function follow(
  informer: Informer,
  { selector, users, enqueue }: ConfigWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await informer.waitForSync(signal)
  } catch (error) {
    if (signal.aborted) return
    throw error
  }
  const selects: LabelSelector = parseLabelSelector(selector)
  // what is there already may have changed while nobody looked: its users run some time, and most do so anyway at the start
  let options: EnqueueOptions = { priority: 'low' }
  const changed = (object: KubeObject): void => {
    if (!selects(object.metadata.labels)) return
    const { kind } = object
    const trigger = { kind, ...toKey(object) }
    for (const user of sortByDependencies(users(configKey(kind, toKey(object)))))
      enqueue(toKey(user), { ...options, trigger })
  }
  const stop = informer.subscribe({
    upsert: (now, before) => {
      if (now.metadata.resourceVersion !== before?.metadata.resourceVersion) changed(now)
    },
    remove: changed,
  })
  options = { priority: 'change' }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  stop()
}
