// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'
import type { ClusterTarget, KubeClient } from '@tidelock/kube'
import type { Cluster } from './cluster.ts'
import { readConfigMapReference } from './kubeconfig-config-map.ts'
import { readSecretReference } from './kubeconfig-secret.ts'
import { Reachability } from './reachability.ts'
import { invalidReference } from './reference.ts'
import type { ReferenceOptions, RemoteReference } from './reference.ts'

/** What remote clusters are made of. */
export interface RemotesOptions extends ReferenceOptions {
  /** A client for the target, with the limits that hold for remote clusters. */
  readonly connect: (target: ClusterTarget) => KubeClient
}

interface Remote {
  readonly cluster: Cluster
  readonly reachability: Reachability
}

/** The remote clusters in use: one set of connections for each version of a Secret or ConfigMap that names one. */
export class Remotes {
  readonly #options: RemotesOptions
  readonly #create: (id: string, client: KubeClient) => Cluster
  readonly #remotes = new Map<string, Remote>()

  constructor(options: RemotesOptions, create: (id: string, client: KubeClient) => Cluster) {
    this.#options = options
    this.#create = create
  }

  /**
   * Enters the cluster that `spec.kubeConfig` names, and returns what `enter` does once the cluster answered. Throws what is wrong with the
   * reference, `ClusterUnreachable`, or `ClusterSlow` while it is not known yet whether it answers.
   */
  async find<T>(obj: Kustomization, enter: (cluster: Cluster) => T, signal: AbortSignal): Promise<T> {
    const reference = await this.#read(obj, signal)
    const target = this.#remotes.has(reference.id) ? undefined : await reference.connect(signal)
    // nothing may come between finding and entering: a cluster that nobody uses is closed
    const remote =
      this.#remotes.get(reference.id) ?? this.#add(reference.id, target ?? (await reference.connect(signal)))
    const entered = enter(remote.cluster)
    await remote.reachability.check(signal)
    return entered
  }

  /** Ends the cluster's connections if nobody uses it. */
  async release(cluster: Cluster): Promise<void> {
    const remote = this.#remotes.get(cluster.id)
    if (remote?.cluster !== cluster || !cluster.idle) return
    this.#remotes.delete(cluster.id)
    await close(cluster)
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const clusters = Array.from(this.#remotes.values(), ({ cluster }) => cluster)
    this.#remotes.clear()
    await Promise.all(clusters.map(close))
  }

  #read({ spec, metadata }: Kustomization, signal: AbortSignal): Promise<RemoteReference> {
    const { namespace = '' } = metadata
    const { secretRef, configMapRef } = spec.kubeConfig ?? {}
    if (secretRef !== undefined) {
      return readSecretReference(
        this.#options,
        { namespace, name: secretRef.name, key: secretRef.key || undefined },
        signal,
      )
    }
    if (configMapRef !== undefined) {
      return readConfigMapReference(this.#options, configMapRef.name, { namespace, name: metadata.name }, signal)
    }
    throw invalidReference('neither secretRef nor configMapRef is set')
  }

  #add(id: string, target: ClusterTarget): Remote {
    const client = this.#options.connect(target)
    const remote = {
      cluster: this.#create(id, client),
      reachability: new Reachability(client, this.#options.clock),
    }
    this.#remotes.set(id, remote)
    return remote
  }
}

async function close(cluster: Cluster): Promise<void> {
  await cluster.close()
  await cluster.client.close()
}
