// SPDX-License-Identifier: Apache-2.0
import { getCondition } from '@tidelock/api'
import type { InventoryEntry, KubeObject } from '@tidelock/api'
import { formatRef, refOf } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import type { ChangeSet, ChangeSetEntry } from '@tidelock/ssa'
import { driftedCondition } from '../annotations.ts'
import { decryptionRefs } from '../decryption/prepare.ts'
import type { TargetedRun } from '../dependencies.ts'
import type { Made } from '../steps/build.ts'
import { readIndex } from '../steps/fetch.ts'
import { variableRefs } from '../steps/substitute.ts'
import type { AppliedBuild, RestoredFrom } from './applied-builds.ts'
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
  const [variables, keys] = await Promise.all([
    readVersions(variableRefs(obj), deps.configs, ctx.signal),
    readVersions(decryptionRefs(obj, deps.options.decryption), deps.configs, ctx.signal),
  ])
  return { tree, variables, keys }
}

async function readTree(run: TargetedRun, known: AppliedBuild): Promise<string | undefined> {
  if (run.artifact.digest === known.artifactDigest) return known.tree
  return digestReadSet(known.readSet, treeIndexOf(await readIndex(run)))
}

/** Whether all that the build applied is as the run would leave it: no full run is due, no object is suspect, nothing is left to prune. */
export function isSettled(run: TargetedRun, known: AppliedBuild): boolean {
  const { obj, deps } = run
  const entries = obj.status?.inventory?.entries ?? []
  // a run that applies takes back what an earlier one said
  if (getCondition(obj, driftedCondition)?.status === 'True') return false
  return (
    !deps.fullRuns.isDue(obj) &&
    areSame(entries, known.entries) &&
    known.changeSet.every((entry) => isUntouched(run, entry))
  )
}

function isUntouched({ key, target }: TargetedRun, { object, action, renderedHash }: ChangeSetEntry): boolean {
  // one that was skipped is not watched: only a look tells whether it is to be skipped again
  return action === 'unchanged' && renderedHash !== undefined && target.ownership.isUntouched(key, object, renderedHash)
}

function areSame(a: readonly InventoryEntry[], b: readonly InventoryEntry[]): boolean {
  return a.length === b.length && a.every(({ id, v }, index) => id === b[index]?.id && v === b[index].v)
}

/**
 * What a known build made, without another build; undefined when that takes one: its objects are not kept, or one that was withheld is to be
 * looked at.
 */
export async function restoreBuild(run: TargetedRun, known: AppliedBuild): Promise<Made | undefined> {
  const { packed, digest, readSet, skipKey, tree, changeSet, withheld, secrets: variables } = known
  if (packed === undefined) return undefined
  if (withheld.size > 0 && run.deps.fullRuns.isDue(run.obj)) return undefined
  for (const entry of withheld) if (!isUntouched(run, entry)) return undefined
  run.secrets.addAll(variables)
  const objects = (await unpack(packed)) as readonly KubeObject[]
  const restored = { packed, changeSet, withheld }
  const identity = { skipKey, tree }
  return { objects, digest, readSet, repeatable: true, decrypted: new Set(), variables, identity, restored }
}

/** The change set of a run with the entries of what was withheld from it, in the order of the build. */
export function withWithheld(applied: ChangeSet, restored: RestoredFrom | undefined): ChangeSet {
  if (restored === undefined || restored.withheld.size === 0) return applied
  const order = new Map(restored.changeSet.map(({ object }, index) => [idOf(object), index]))
  const indexOf = ({ object }: ChangeSetEntry): number => order.get(idOf(object)) ?? order.size
  return [...applied, ...restored.withheld].sort((a, b) => indexOf(a) - indexOf(b))
}

/** Remembers what was applied and pruned; nothing when its inputs cannot tell it from another build. */
export async function rememberBuild(run: TargetedRun, made: Made, changeSet: ChangeSet): Promise<void> {
  const { obj, key, deps, artifact } = run
  const { identity, digest, readSet, variables } = made
  if (identity === undefined) return
  const entries = changeSet.map(withoutObserved)
  deps.applied.set(key, {
    ...{ ...identity, artifactDigest: artifact.digest, readSet, digest },
    secrets: variables,
    changeSet: entries,
    entries: obj.status?.inventory?.entries ?? [],
    ...(await packObjects(made, entries)),
  })
}

/** What was decrypted stays in memory no longer than its run: where such an object has to be looked at, the next run builds again. */
async function packObjects(
  { restored, objects, decrypted }: Made,
  changeSet: ChangeSet,
): Promise<Pick<AppliedBuild, 'packed' | 'withheld'>> {
  const held = new Set([...decrypted].map((object) => idOf(refOf(object))))
  for (const { object } of restored?.withheld ?? []) held.add(idOf(object))
  const withheld = new Set(changeSet.filter(({ object }) => held.has(idOf(object))))
  // one that the server names otherwise: without its entry nobody would know that it is missing
  if (withheld.size !== held.size) return { packed: undefined, withheld: new Set() }
  const kept = objects.filter((object) => !decrypted.has(object))
  return { packed: restored?.packed ?? (await pack(kept)), withheld }
}

function idOf(ref: ObjectRef): string {
  return `${ref.apiVersion} ${formatRef(ref)}`
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
