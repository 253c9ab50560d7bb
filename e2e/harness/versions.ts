// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@tidelock/api'
import type { Kind, KubeObject } from '@tidelock/api'
import { Informer, silentLog } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'

/** Every version of every object that the watch has seen. */
export interface VersionRecorder {
  /** By object: `<uid>@<resourceVersion>` of each version, in order. */
  readonly versions: ReadonlyMap<string, readonly string[]>
  stop(): Promise<void>
}

/** Watches the objects of a kind that were applied by a Kustomization; goes on over restarts of the API server. */
export async function recordVersions(client: KubeClient, kind: Kind): Promise<VersionRecorder> {
  const informer = new Informer<KubeObject>({
    ...{ client, kind, labelSelector: 'kustomize.toolkit.fluxcd.io/name' },
    ...{ log: silentLog, clock: systemClock, random: Math.random },
  })
  const versions = new Map<string, string[]>()
  informer.subscribe({
    upsert: ({ metadata }) => {
      const seen = versions.get(metadata.name) ?? []
      const version = `${metadata.uid}@${metadata.resourceVersion}`
      if (!seen.includes(version)) versions.set(metadata.name, [...seen, version])
    },
    remove: () => undefined,
  })
  const stopping = new AbortController()
  const running = informer.start(stopping.signal)
  await informer.waitForSync(stopping.signal)
  return {
    versions,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
