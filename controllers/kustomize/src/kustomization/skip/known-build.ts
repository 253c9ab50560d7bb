// SPDX-License-Identifier: Apache-2.0
import { getCondition } from '@tidelock/api'
import type { InventoryEntry, KubeObject } from '@tidelock/api'
import type { ChangeSet, ChangeSetEntry } from '@tidelock/ssa'
import { driftedCondition } from '../annotations.ts'
import { decryptionRefs } from '../decryption/prepare.ts'
import type { TargetedRun } from '../dependencies.ts'
import { SecretValues } from '../secret-values.ts'
import type { Made } from '../steps/build.ts'
import { readIndex } from '../steps/fetch.ts'
import { variableRefs } from '../steps/substitute.ts'
import type { AppliedBuild } from './applied-builds.ts'
import { skipKeyOf, toBuildInputs } from './build-inputs.ts'
import type { ReadInputs } from './build-inputs.ts'
import { readVersions } from './input-version.ts'
import { pack, unpack } from './packed.ts'
import { digestReadSet } from './tree-digest.ts'
import { treeIndexOf } from './tree-index.ts'

/**
 * The last applied build when this run would make the same: then nothing need be built, and where `isSettled` says so nothing
 * applied. Undefined when a build has to tell, also when an input cannot be read: the build then says what is wrong with it.
 */
export async function findKnownBuild(run: TargetedRun): Promise<AppliedBuild | undefined> {
  const { ctx, deps, key, artifact } = run
  const known = deps.applied.get(key)
  if (known === undefined) return undefined
  try {
    const read = await readInputs(run, known)
    if (read === undefined || skipKeyOf(toBuildInputs(run, read)) !== known.skipKey) return undefined
  } catch (error) {
    ctx.signal.throwIfAborted()
    ctx.log.debug({ error }, 'the inputs of the last build could not be compared')
    return undefined
  }
  if (known.artifactDigest === artifact.digest) return known
  const moved = { ...known, artifactDigest: artifact.digest }
  deps.applied.set(key, moved)
  return moved
}

async function readInputs(run: TargetedRun, known: AppliedBuild): Promise<ReadInputs | undefined> {
  const { obj, deps, ctx } = run
  const tree = await readTree(run, known)
  // the rest need not be read
  if (tree !== known.tree) return undefined
  const variables = await readVersions(variableRefs(obj), deps.configs, ctx.signal)
  const keys = await readVersions(decryptionRefs(obj, deps.options.decryption), deps.configs, ctx.signal)
  return { tree, variables, keys }
}

async function readTree(run: TargetedRun, known: AppliedBuild): Promise<string | undefined> {
  if (run.artifact.digest === known.artifactDigest) return known.tree
  return digestReadSet(known.readSet, treeIndexOf(await readIndex(run)))
}

/** Whether all that the build applied is as the run would leave it: no full run is due, no object is suspect, nothing is left to prune. */
export function isSettled({ obj, key, deps, target }: TargetedRun, known: AppliedBuild): boolean {
  const isUntouched = ({ object, action, renderedHash }: ChangeSetEntry): boolean =>
    // one that was skipped is not watched: only a look tells whether it is to be skipped again
    action === 'unchanged' && renderedHash !== undefined && target.ownership.isUntouched(key, object, renderedHash)
  const entries = obj.status?.inventory?.entries ?? []
  // a run that applies takes back what an earlier one said
  if (getCondition(obj, driftedCondition)?.status === 'True') return false
  return !deps.fullRuns.isDue(obj) && areSame(entries, known.entries) && known.changeSet.every(isUntouched)
}

function areSame(a: readonly InventoryEntry[], b: readonly InventoryEntry[]): boolean {
  return a.length === b.length && a.every(({ id, v }, index) => id === b[index]?.id && v === b[index].v)
}

/** What a known build made, without another build; undefined when its objects are not kept. */
export async function restoreBuild({ secrets }: TargetedRun, known: AppliedBuild): Promise<Made | undefined> {
  const { packed, digest, readSet, skipKey, tree } = known
  if (packed === undefined) return undefined
  secrets.addAll(known.secrets)
  const objects = (await unpack(packed)) as readonly KubeObject[]
  return { objects, digest, readSet, repeatable: true, identity: { skipKey, tree }, packed }
}

/** Remembers what was applied and pruned; nothing when its inputs cannot tell it from another build. */
export async function rememberBuild(run: TargetedRun, made: Made, changeSet: ChangeSet): Promise<void> {
  const { obj, key, deps, artifact, secrets } = run
  const { identity, digest, readSet } = made
  if (identity === undefined) return
  deps.applied.set(key, {
    ...{ ...identity, artifactDigest: artifact.digest, readSet, digest },
    secrets: obj.spec.decryption === undefined ? secrets : new SecretValues(),
    changeSet: changeSet.map(withoutObserved),
    entries: obj.status?.inventory?.entries ?? [],
    packed: await packObjects(run, made),
  })
}

/** What was decrypted stays in memory no longer than its run: with such objects the next run that needs them builds again. */
async function packObjects({ obj }: TargetedRun, { packed, objects }: Made): Promise<Buffer | undefined> {
  if (obj.spec.decryption !== undefined) return undefined
  return packed ?? pack(objects)
}

function withoutObserved({ object, subject, action, renderedHash, jobWithTtl }: ChangeSetEntry): ChangeSetEntry {
  const { apiVersion, kind, name, namespace } = object
  return {
    object: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
    subject,
    action: action === 'created' || action === 'configured' ? 'unchanged' : action,
    ...(renderedHash === undefined ? {} : { renderedHash }),
    ...(jobWithTtl === undefined ? {} : { jobWithTtl }),
  }
}
