// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, KubeObject } from '@tidelock/api'
import { Informer } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { definedResource, readAdmissionRules } from './rule-set.ts'
import type { AdmissionRules, Resource } from './rule-set.ts'

/** What the watch of a server works with. */
export interface ServerWatchOptions {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  /** Told of kinds whose objects the server may make something else of from now on, and why. */
  readonly changed: (kinds: readonly Resource[], why: string) => void
}

interface Definition {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
}

const everything: readonly Resource[] = [{ group: '*', plural: '*' }]
/** Where these may not be read, it is tried again now and then. */
const backoffMs = { min: 1000, max: 300_000 }
/** How often the version is asked for: an upgrade is seldom, and the answer small. */
const versionPollMs = 60_000

/**
 * Follows what decides about objects beside themselves: definitions of kinds, admission webhooks, the version of the server. None of their
 * changes shows in the objects' own metadata. Runs until the signal aborts.
 */
export async function watchServer(options: ServerWatchOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([
    followDefinitions(options, signal),
    followWebhooks(options, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', signal),
    followWebhooks(options, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', signal),
    followVersion(options, signal),
  ])
}

async function followDefinitions(options: ServerWatchOptions, signal: AbortSignal): Promise<void> {
  const { changed } = options
  const kind: Kind = {
    ...{ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
    ...{ plural: 'customresourcedefinitions', namespaced: false },
  }
  const project = ({ metadata: { name, uid = '', generation = 0 } }: KubeObject): Definition => {
    return { namespace: '', name, uid, generation }
  }
  await follow(options, { kind, metadataOnly: true, project }, signal, (now, before) => {
    if (now === undefined || before === undefined) return
    if (now.uid === before.uid && now.generation === before.generation) return
    changed([definedResource(now.name)], `CustomResourceDefinition/${now.name} changed`)
  })
}

async function followWebhooks(
  options: ServerWatchOptions,
  name: string,
  plural: string,
  signal: AbortSignal,
): Promise<void> {
  const kind: Kind = { group: 'admissionregistration.k8s.io', version: 'v1', kind: name, plural, namespaced: false }
  await follow(options, { kind, project: readAdmissionRules }, signal, (now, before) => {
    if (now?.hash === before?.hash) return
    const kinds = [...(before?.resources ?? []), ...(now?.resources ?? [])]
    if (kinds.length > 0) options.changed(kinds, `${name}/${(now ?? before)?.name ?? ''} changed`)
  })
}

/** Calls `changed` for each change after the first list; undefined is no object. */
async function follow<T extends Definition | AdmissionRules>(
  { client, clock, random, log }: ServerWatchOptions,
  watched: { readonly kind: Kind; readonly metadataOnly?: boolean; readonly project: (object: KubeObject) => T },
  signal: AbortSignal,
  changed: (now: T | undefined, before: T | undefined) => void,
): Promise<void> {
  const informer = new Informer<T>({ client, clock, random, log, freeze: false, backoffMs, ...watched })
  const running = informer.start(signal)
  try {
    await informer.waitForSync(signal)
  } catch (error) {
    if (!signal.aborted) throw error
    return running
  }
  let isReplay = true
  informer.subscribe({
    upsert: (now, before) => {
      if (!isReplay) changed(now, before)
    },
    remove: (last) => changed(undefined, last),
  })
  isReplay = false
  await running
}

/** Asks for the version of the server now and then, and says when it is another one. */
export async function followVersion(
  { client, clock, log, changed }: ServerWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let known: string | undefined; !signal.aborted;) {
    try {
      const version = await readVersion(client, signal)
      if (known !== undefined && version !== known)
        changed(everything, `the API server went from ${known} to ${version}`)
      known = version
    } catch (error) {
      if (!signal.aborted) log.debug({ error }, 'the version of the API server could not be read')
    }
    await clock.sleep(versionPollMs, signal).catch(() => undefined)
  }
}

async function readVersion(client: KubeClient, signal: AbortSignal): Promise<string> {
  const { body } = await client.raw({ path: '/version', signal })
  const { gitVersion = '' } = JSON.parse(body) as { gitVersion?: string }
  return gitVersion
}
