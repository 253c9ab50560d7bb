// SPDX-License-Identifier: Apache-2.0
import { formatKey, isReady, toKey } from '@tidelock/api'
import type { Artifact, Clock, Kustomization, ObjectKey } from '@tidelock/api'
import type { ArtifactCache } from '@tidelock/artifact'
import type { KustomizeEngine } from '@tidelock/kustomize-wasm'
import type { EnqueueOptions, Logger } from '@tidelock/runtime'
import { fanOut } from './fan-out.ts'
import type { HeadStart } from './head-start.ts'
import type { AppliedBuilds } from './skip/applied-builds.ts'
import { digestReadSet } from './skip/tree-digest.ts'
import { treeIndexOf } from './skip/tree-index.ts'
import type { TreeIndex } from './skip/tree-index.ts'

/** What the fan-out works with. */
export interface RevisionFanOutOptions {
  readonly artifacts: Pick<ArtifactCache, 'readIndex'>
  readonly applied: Pick<AppliedBuilds, 'get'>
  readonly engine: Pick<KustomizeEngine, 'warm'>
  readonly clock: Pick<Clock, 'setTimeout'>
  readonly log: Logger
  readonly headStart: Pick<HeadStart, 'give'>
  readonly enqueue: (key: ObjectKey, options: EnqueueOptions) => void
}

/** The index of an artifact is small; who does not get it by then goes on without. */
const indexLimitMs = 5000
/** How long those that the revision changes nothing for wait for the others. Within it a change is live as a rule. */
const headStartMs = 2000

/**
 * Puts the Kustomizations that a new revision concerns on the queue: those that it changes, with what they depend on, before those
 * whose inputs in the artifact are as they were, which follow at low priority when the runs of the first ones have ended, or after a while. A guess for the order only: the run itself compares
 * all inputs. While nothing is known of the builds (after a start), or of the artifact, all are equal.
 */
export async function fanOutRevision(
  { artifacts, applied, engine, clock, log, headStart, enqueue }: RevisionFanOutOptions,
  users: readonly Kustomization[],
  artifact: Artifact,
  trigger: NonNullable<EnqueueOptions['trigger']>,
): Promise<void> {
  const concerned = fanOut(users, artifact.revision)
  const put = (each: Kustomization, priority: 'normal' | 'low'): void => enqueue(toKey(each), { priority, trigger })
  if (!concerned.some((each) => applied.get(toKey(each)) !== undefined)) {
    for (const each of concerned) put(each, 'normal')
    return
  }
  const late = new AbortController()
  const cancel = clock.setTimeout(() => late.abort(new Error('the index did not come in time')), indexLimitMs)
  let index: TreeIndex | undefined
  try {
    index = treeIndexOf(await artifacts.readIndex(artifact, late.signal))
  } catch (error) {
    log.debug({ error, revision: artifact.revision }, 'what a revision changes is not known before it is built')
  } finally {
    cancel()
  }
  const { first, rest } = splitByHit(concerned, (each) => isHit(each, applied, artifact, index))
  // while the artifact is on its way
  if (first.length > 0) engine.warm().catch(() => undefined)
  const running = first.filter(({ spec }) => spec.suspend !== true).map(toKey)
  const ended = headStart.give(running, headStartMs)
  for (const each of first) put(each, 'normal')
  log.info({ ...trigger, revision: artifact.revision, changed: first.length, unchanged: rest.length }, 'new revision')
  await ended
  for (const each of rest) put(each, 'low')
}

function isHit(
  user: Kustomization,
  applied: RevisionFanOutOptions['applied'],
  artifact: Artifact,
  index: TreeIndex | undefined,
): boolean {
  const known = applied.get(toKey(user))
  if (known === undefined || index === undefined || !isReady(user)) return true
  return known.artifactDigest !== artifact.digest && digestReadSet(known.readSet, index) !== known.tree
}

/** Takes those that are hit, and of the others those that they wait for, out of a list that has dependencies first. Keeps its order. */
export function splitByHit(
  sorted: readonly Kustomization[],
  hit: (user: Kustomization) => boolean,
): { readonly first: readonly Kustomization[]; readonly rest: readonly Kustomization[] } {
  const wanted = new Set<string>()
  for (const user of sorted.toReversed()) {
    const key = toKey(user)
    if (!wanted.has(formatKey(key)) && !hit(user)) continue
    wanted.add(formatKey(key))
    for (const { name, namespace = key.namespace } of user.spec.dependsOn ?? [])
      wanted.add(formatKey({ namespace, name }))
  }
  const isFirst = (user: Kustomization): boolean => wanted.has(formatKey(toKey(user)))
  return { first: sorted.filter(isFirst), rest: sorted.filter((user) => !isFirst(user)) }
}
