// SPDX-License-Identifier: Apache-2.0
import { getCondition } from '@tidelock/api'
import type { GitRepository, Kustomization } from '@tidelock/api'
import type { KubeClient, ObjectInput, ObjectRef } from '@tidelock/kube'
import { commitFiles, createRepository } from '@tidelock/local-cluster'
import type { Case, Files, Names, Step } from './case.ts'
import type { Side } from './side.ts'
import { takeSnapshot } from './snapshot.ts'
import type { Look, Snapshot } from './snapshot.ts'

/** Where cases run. */
export interface Stage {
  readonly client: KubeClient
  readonly sides: readonly Side[]
  /** Of the Git server. */
  readonly gitRoot: string
  readonly gitUrl: string
  readonly kubeconfig: string
}

/** What both sides looked like after a step. */
export interface Looked {
  readonly does: string
  readonly snapshots: readonly Snapshot[]
}

interface Subject {
  readonly side: Side
  readonly names: Names
  readonly known: Map<string, ObjectRef>
}

const manager = { fieldManager: 'kubectl-client-side-apply' }
const patience = { ms: 150_000, quietMs: 4_000, pollMs: 500 }
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Plays a case on both sides, step by step. */
export async function runCase(stage: Stage, test: Case): Promise<Looked[]> {
  const { gitDir, commit } = await createRepository(stage.gitRoot, `${test.name}.git`)
  const subjects = stage.sides.map((side): Subject => {
    const app = `${test.name}-${side.letters}`
    const names = { side: side.letters, system: side.system, app, kubeconfig: stage.kubeconfig }
    return { side, names, known: new Map() }
  })
  const each = async <T>(work: (subject: Subject) => Promise<T>): Promise<T[]> => Promise.all(subjects.map(work))
  const player = new Player(stage, test)
  let revision = await player.commit(gitDir, test.files, commit)
  await each((subject) => player.prepare(subject, revision))
  const first = await each((subject) => player.begin(subject))
  const looked: Looked[] = [{ does: 'created', snapshots: first }]
  for (const step of test.steps ?? []) {
    revision = await player.commit(gitDir, step.commit, revision)
    const snapshots = await each((subject) => player.play(subject, step, revision))
    looked.push({ does: step.does, snapshots })
  }
  return looked
}

class Player {
  readonly #stage: Stage
  readonly #case: Case

  constructor(stage: Stage, test: Case) {
    this.#stage = stage
    this.#case = test
  }

  async commit(gitDir: string, files: Files | undefined, before: string): Promise<string> {
    return files === undefined ? before : commitFiles(gitDir, files)
  }

  async prepare({ names }: Subject, revision: string): Promise<void> {
    const { client, gitUrl } = this.#stage
    const { name, before } = this.#case
    const app = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: names.app } }
    for (const object of [app, ...(before?.(names) ?? [])]) await this.#put(object)
    await client.create({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name, namespace: names.system },
      spec: { url: new URL(`${name}.git`, gitUrl).href, interval: '1h', ref: { branch: 'main' } },
    })
    await this.#untilArtifact(names, revision)
  }

  async begin(subject: Subject): Promise<Snapshot> {
    const { names } = subject
    const { name, spec, annotations = {} } = this.#case
    const all = {
      ...{ interval: '1h', retryInterval: '1h', timeout: '10s', prune: true, path: './', targetNamespace: names.app },
      sourceRef: { kind: 'GitRepository', name },
      ...spec?.(names),
    }
    await this.#stage.client.create({
      ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
      metadata: { name, namespace: names.system, annotations },
      spec: JSON.parse(JSON.stringify(all)) as object,
    })
    return this.#look(subject, this.#case.until, {}, 0)
  }

  async play(subject: Subject, step: Step, revision: string): Promise<Snapshot> {
    const { client } = this.#stage
    const { names, side } = subject
    const { name } = this.#case
    const eventsFrom = side.receiver.of(name).length
    for (const object of step.apply?.(names) ?? []) await this.#put(object)
    for (const ref of step.remove?.(names) ?? []) await client.delete(ref)
    const wanted: Wanted = {}
    if (step.patch !== undefined) {
      await client.patch(this.#ref(names), { type: 'merge', body: step.patch(names), fieldManager: 'kubectl-edit' })
    }
    if (step.commit !== undefined) {
      await this.#request({ ...this.#ref(names), ...gitRepository })
      await this.#untilArtifact(names, revision)
      wanted.revision = revision
    }
    if (step.request === true) wanted.request = await this.#request(this.#ref(names))
    if (step.delete === true) await client.delete(this.#ref(names))
    return this.#look(subject, step.until, wanted, eventsFrom)
  }

  #ref({ system }: Names): ObjectRef {
    const kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
    return { ...kind, namespace: system, name: this.#case.name }
  }

  async #put(object: ObjectInput): Promise<void> {
    await this.#stage.client.apply(object, { ...manager, force: true })
  }

  async #request(ref: ObjectRef): Promise<string> {
    const value = new Date().toISOString()
    const body = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': value } } }
    await this.#stage.client.patch(ref, { type: 'merge', body, fieldManager: 'flux' })
    return value
  }

  async #untilArtifact(names: Names, revision: string): Promise<void> {
    const ref = { ...this.#ref(names), ...gitRepository }
    for (let waited = 0; waited < patience.ms; waited += patience.pollMs) {
      const { status } = await this.#stage.client.get<GitRepository>(ref)
      if (status?.artifact?.revision.includes(revision) === true) return
      await pause(patience.pollMs)
    }
    throw new Error(`${names.system}/${this.#case.name}: its source has no artifact of ${revision}: see its log`)
  }

  async #look(
    { side, names, known }: Subject,
    until: 'settled' | 'quiet' = 'settled',
    wanted: Wanted,
    eventsFrom: number,
  ): Promise<Snapshot> {
    const { client } = this.#stage
    const kustomization = this.#ref(names)
    let seen = ''
    let quiet = 0
    for (let waited = 0; waited < patience.ms; waited += patience.pollMs) {
      const live = await client.find<Kustomization>(kustomization)
      const version = `${live?.metadata.resourceVersion} ${side.receiver.of(this.#case.name).length}`
      const isDone = live === undefined || until === 'quiet' || isSettled(live, wanted)
      quiet = version === seen && isDone ? quiet + patience.pollMs : 0
      seen = version
      if (quiet >= patience.quietMs) break
      await pause(patience.pollMs)
    }
    const look: Look = { client, side, names, kustomization, known, eventsFrom }
    const snapshot = await takeSnapshot(look)
    return quiet >= patience.quietMs ? snapshot : new Map([...snapshot, ['settled', 'no']])
  }
}

interface Wanted {
  revision?: string
  request?: string
}

const gitRepository = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }

function isSettled(live: Kustomization, { revision, request }: Wanted): boolean {
  const { metadata, status } = live
  const ready = getCondition(live, 'Ready')
  if (ready === undefined || ready.status === 'Unknown') return false
  if (ready.observedGeneration !== metadata.generation) return false
  if (request !== undefined && status?.lastHandledReconcileAt !== request) return false
  return revision === undefined || status?.lastAttemptedRevision?.includes(revision) === true
}
