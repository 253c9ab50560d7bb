// SPDX-License-Identifier: Apache-2.0
import { gitRepositoryKind } from '@tidelock/api'
import type { GitRepository, KubeObject } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { createNamespace, eventually, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

/** A namespace of the shared control plane with our CRDs, and what tests do in it. */
export class ToyCluster {
  readonly cluster: TestCluster
  readonly namespace: string

  private constructor(cluster: TestCluster, namespace: string) {
    this.cluster = cluster
    this.namespace = namespace
  }

  static async open(): Promise<ToyCluster> {
    const cluster = await testCluster()
    await installCrds(cluster.client)
    return new ToyCluster(cluster, await createNamespace(cluster.client, 'runtime'))
  }

  ref(name: string): ObjectRef {
    return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: gitRepositoryKind.kind, namespace: this.namespace, name }
  }

  /** Creates a GitRepository whose toy does what the path says: `ok`, `fail`, `slow/100`… */
  create(name: string, path: string, spec: object = {}): Promise<KubeObject> {
    const { apiVersion, kind, namespace } = this.ref(name)
    const metadata = { name, namespace: namespace ?? '' }
    const obj = { apiVersion, kind, metadata, spec: { interval: '1h', url: url(path), ...spec } }
    return this.cluster.client.create(obj, { fieldManager: 'flux-cli-user' })
  }

  get(name: string): Promise<GitRepository> {
    return this.cluster.client.get<GitRepository>(this.ref(name))
  }

  find(name: string): Promise<GitRepository | undefined> {
    return this.cluster.client.find<GitRepository>(this.ref(name))
  }

  patch(name: string, body: object, subresource?: 'status'): Promise<GitRepository> {
    const options = { type: 'merge', body, fieldManager: 'someone' } as const
    return this.cluster.client.patch(this.ref(name), subresource === undefined ? options : { ...options, subresource })
  }

  setPath(name: string, path: string): Promise<GitRepository> {
    return this.patch(name, { spec: { url: url(path) } })
  }

  request(name: string, token: string): Promise<GitRepository> {
    return this.patch(name, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } } })
  }

  delete(name: string): Promise<void> {
    return this.cluster.client.delete(this.ref(name))
  }

  /** Waits until the object's Ready condition has the status, and the reason where one is given, for its newest generation. */
  ready(name: string, status: string, reason?: string): Promise<GitRepository> {
    return eventually(async () => {
      const obj = await this.get(name)
      const ready = obj.status?.conditions?.find(({ type }) => type === 'Ready')
      const isWanted = ready?.status === status && (reason === undefined || ready.reason === reason)
      if (isWanted && ready.observedGeneration === obj.metadata.generation) return obj
      throw new Error(`${name} is not ${status} ${reason}: ${JSON.stringify(obj.status)}`)
    })
  }

  gone(name: string): Promise<void> {
    return eventually(async () => {
      if ((await this.find(name)) !== undefined) throw new Error(`${name} is still there`)
    })
  }

  /** Kubernetes Events about the object, oldest first. */
  async events(name: string): Promise<readonly KubeEvent[]> {
    const kind = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }
    const fieldSelector = `involvedObject.name=${name}`
    const { items } = await this.cluster.client.list<KubeEvent>(kind, { namespace: this.namespace, fieldSelector })
    return items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
  }
}

/** The fields of a core/v1 Event that tests read. */
export interface KubeEvent extends KubeObject {
  message: string
  reason: string
  type: string
  count: number
}

function url(path: string): string {
  return `https://example.com/${path}`
}
