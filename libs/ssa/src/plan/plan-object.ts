// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import { KubeError, isKubeError, refOf } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { cleanupPatch, migrationPatch } from '../fields/cleanup.ts'
import type { PatchOperation } from '../fields/cleanup.ts'
import { adoptIgnored, ignoredPaths, withoutPaths } from '../fields/ignore-rules.ts'
import { isOwnEntry, isTakenOver } from '../fields/takeover.ts'
import { hasDrifted } from '../object/drift.ts'
import { hashObject } from '../object/hash.ts'
import { isExcluded, isForced, isIfNotPresent, isMerge } from '../object/policy.ts'
import type { ApplyContext } from './context.ts'
import type { ApplyAllOptions } from './options.ts'
import { isInvalidAnyway } from './invalid-anyway.ts'
import { isImmutable } from './refusal.ts'
import { withoutUndeclared } from './undeclared.ts'

/** What a dry run says that is to be done. */
export type PlannedAction = 'created' | 'configured' | 'unchanged' | 'skipped'

/** What is to be done with one object; `drifted` is nothing, on purpose. */
export interface Plan {
  readonly ref: ObjectRef
  readonly rendered: KubeObject
  readonly renderedHash: string
  readonly action: PlannedAction | 'drifted'
  /** What is there; undefined when nothing is, when it may not be read, or when it was not asked for (`knownUnchanged`). */
  readonly live: KubeObject | undefined
  /** What apply would make of it. */
  readonly merged?: KubeObject
  /** What to send. */
  readonly payload: KubeObject
  /** To be sent first, as a JSON patch. */
  readonly cleanup: readonly PatchOperation[]
  /** The live object has to be deleted first. */
  readonly recreate: boolean
}

/** Dry-runs the rendered object, reads the live one if there is any, and says what is to be done. Throws the API server's error when it refuses. */
export async function planObject(
  context: ApplyContext,
  object: KubeObject,
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<Plan & { readonly action: PlannedAction }> {
  const renderedHash = hashObject(object)
  const rendered = await withScope(context, object, signal)
  const base = { ref: refOf(rendered), rendered, renderedHash, payload: rendered, cleanup: [], recreate: false }
  if (options.knownUnchanged?.(rendered, renderedHash) === true) {
    return { ...base, live: undefined, action: 'unchanged' }
  }
  const { live, dry: first } = await look(context, rendered, options, signal)
  if (isSkipped(context, rendered, live)) {
    return { ...base, ref: live === undefined ? base.ref : refOf(live), live, action: 'skipped' }
  }
  const current = live === undefined ? undefined : await migrate(context, live, rendered.apiVersion, signal)
  let dry = current === live ? first : undefined
  for (let before = current, tries = 1; ; tries++) {
    dry ??= await dryRun(context, rendered, signal)
    if ('refused' in dry) {
      if (!(await mayRecreate(context, rendered, dry, live, options, signal))) throw dry.refused
      return { ...base, live: before, action: 'created', recreate: true }
    }
    const verdict = judge(context, dry, before, current !== live, options)
    if (verdict.action === 'unchanged' || tries === dryRunTries || !hasMoved(before, dry.merged)) {
      return { ...base, ...verdict }
    }
    // somebody wrote between the two requests: what differs may be theirs
    before = await readLive(context, base.ref, signal)
    if (!hasMoved(before, dry.merged)) return { ...base, ...judge(context, dry, before, current !== live, options) }
    dry = undefined
  }
}

/**
 * The live object and what a dry run says, in the order that costs least: what the dry run shows to be new need not be read, and what is
 * taken to be there is read at the same time. An object whose settings may keep it from being applied at all is read alone.
 */
async function look(
  context: ApplyContext,
  rendered: KubeObject,
  { isThere }: ApplyAllOptions,
  signal: AbortSignal,
): Promise<{ readonly live: KubeObject | undefined; readonly dry: DryRun | Refused | undefined }> {
  const ref = refOf(rendered)
  const { labelGroup } = context.owner
  if (isExcluded(labelGroup, rendered.metadata) || isIfNotPresent(labelGroup, rendered.metadata)) {
    return { live: await readLive(context, ref, signal), dry: undefined }
  }
  if (isThere?.(ref) === true) {
    const [live, dry] = await Promise.all([readLive(context, ref, signal), dryRun(context, rendered, signal)])
    return { live, dry: upToDate(live, dry) }
  }
  const dry = await dryRun(context, rendered, signal)
  if ('merged' in dry && !exists(dry.merged)) return { live: undefined, dry }
  const live = await readLive(context, ref, signal)
  return { live, dry: upToDate(live, dry) }
}

/** What was refused as a change of an object that is gone since says nothing. */
function upToDate(live: KubeObject | undefined, dry: DryRun | Refused): DryRun | Refused | undefined {
  return live === undefined && 'refused' in dry && isImmutable(dry.refused) ? undefined : dry
}

/** A dry run that would make an object answers one without a version. */
function exists({ metadata }: KubeObject): boolean {
  return (metadata.resourceVersion ?? '') !== ''
}

const dryRunTries = 3

/** A dry run's result carries the version of the live object that it was made from. */
function hasMoved(live: KubeObject | undefined, merged: KubeObject): boolean {
  return live !== undefined && live.metadata.resourceVersion !== merged.metadata.resourceVersion
}

/** Gives a cluster-scoped object no namespace, as the API server would; refuses a namespaced one without. */
async function withScope(context: ApplyContext, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const kind = await context.client.resolve(object, signal)
  const { namespace, ...metadata } = object.metadata
  if (kind.namespaced && (namespace ?? '') === '') {
    const message = `${apiVersionOf(kind)} ${kind.kind} is namespaced, and neither the object nor spec.targetNamespace names a namespace`
    throw new KubeError('NotFound', message, { status: 404, reason: 'NotFound', ref: refOf(object) })
  }
  return kind.namespaced || namespace === undefined ? object : { ...object, metadata }
}

/** An object that may be written but not read is planned as if it were not there, as Flux does: its apply is never skipped. */
async function readLive(context: ApplyContext, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await context.client.find(ref, { signal })
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return undefined
    throw error
  }
}

function isSkipped({ owner }: ApplyContext, rendered: KubeObject, live: KubeObject | undefined): boolean {
  return (
    isExcluded(owner.labelGroup, rendered.metadata, live?.metadata) ||
    (live !== undefined && isIfNotPresent(owner.labelGroup, rendered.metadata))
  )
}

async function migrate(
  { client, owner, migrateApiVersion }: ApplyContext,
  live: KubeObject,
  apiVersion: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const body = migrateApiVersion ? migrationPatch(live, apiVersion) : []
  if (body.length === 0) return live
  return client.patch(refOf(live), { type: 'json', body, fieldManager: owner.fieldManager, signal })
}

interface DryRun {
  readonly merged: KubeObject
  readonly payload: KubeObject
}

interface Refused {
  readonly refused: unknown
  readonly payload: KubeObject
}

/** The server names undeclared fields one or a few at a time; an object with more rounds than this is refused. */
const undeclaredRounds = 50

/** What the server says to the object; throws only the signal's reason. */
async function dryRun(context: ApplyContext, rendered: KubeObject, signal: AbortSignal): Promise<DryRun | Refused> {
  const { client, owner, log } = context
  const fields: string[] = []
  for (let payload = rendered, round = 0; ; round++) {
    try {
      const send = { fieldManager: owner.fieldManager, force: true, dryRun: true, signal }
      const merged = await client.apply(payload, send)
      if (fields.length > 0)
        log.warn({ object: refOf(rendered), fields }, 'fields that the API does not have are left out')
      return { merged, payload }
    } catch (error) {
      signal.throwIfAborted()
      const declared = round < undeclaredRounds ? withoutUndeclared(payload, error) : undefined
      if (declared === undefined) return { refused: error, payload }
      payload = declared.object
      fields.push(...declared.paths)
    }
  }
}

/** Whether what was refused can be had by deleting the object and making it again, and somebody allowed that. */
async function mayRecreate(
  context: ApplyContext,
  rendered: KubeObject,
  { refused, payload }: Refused,
  live: KubeObject | undefined,
  { force }: Pick<ApplyAllOptions, 'force'>,
  signal: AbortSignal,
): Promise<boolean> {
  const forced = force === true || isForced(context.owner.labelGroup, rendered.metadata, live?.metadata)
  if (live === undefined || !forced || !isImmutable(refused)) return false
  return !(await isInvalidAnyway(context, payload, refused, signal))
}

function judge(
  { owner, rules }: ApplyContext,
  { merged, payload }: DryRun,
  current: KubeObject | undefined,
  migrated: boolean,
  options: Pick<ApplyAllOptions, 'ignore'>,
): Pick<Plan, 'live' | 'merged' | 'payload' | 'cleanup' | 'ref'> & { readonly action: PlannedAction } {
  const ref = refOf(merged)
  if (current === undefined) {
    return { ref, action: exists(merged) ? 'configured' : 'created', live: undefined, merged, payload, cleanup: [] }
  }
  const paths = ignoredPaths(options.ignore ?? [], merged)
  const takenOver = isMerge(owner.labelGroup, payload.metadata, current.metadata) ? undefined : rules
  const cleanup = takenOver === undefined ? [] : cleanupPatch(current, takenOver, owner.fieldManager)
  const mustWrite =
    migrated || cleanup.length > 0 || hasDrifted(withoutPaths(current, paths), withoutPaths(merged, paths))
  if (!mustWrite) return { ref, action: 'unchanged', live: current, merged, payload, cleanup }
  const owns = (entry: ManagedFieldsEntry): boolean =>
    isOwnEntry(entry, owner.fieldManager) || (takenOver !== undefined && isTakenOver(entry, takenOver))
  const adopted = adoptIgnored(payload, current, merged, paths, owns)
  const action = exists(merged) ? 'configured' : 'created'
  return { ref, action, live: current, merged, payload: adopted, cleanup }
}
