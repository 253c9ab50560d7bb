// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { formatRef, isKubeError, refOf } from '@tidelock/kube'
import { ApplyError } from '../errors.ts'
import type { ChangeSet, ChangeSetEntry } from '../model/change-set.ts'
import { compareRefs } from '../model/kind-order.ts'
import { isEncryptedSecret } from '../normalize/secret.ts'
import { isCrd, stageNames, stageOf } from '../object/stage.ts'
import type { StageName } from '../object/stage.ts'
import { applyStage } from './apply-stage.ts'
import type { StageResult } from './apply-stage.ts'
import type { ApplyContext } from './context.ts'
import type { ApplyAllOptions } from './options.ts'
import { waitForStage } from './wait-stage.ts'

/** Applies prepared objects stage by stage and returns what was done, in the order in which Flux stores it. Throws ApplyError. */
export async function applyAllStaged(
  context: ApplyContext,
  objects: readonly KubeObject[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<ChangeSet> {
  refuseEncrypted(context, objects)
  const done: ChangeSetEntry[] = []
  for (const name of stageNames) {
    const stage = objects
      .filter((object) => stageOf(object, context.customStageKinds) === name)
      .sort((a, b) => compareRefs(refOf(a), refOf(b)))
    if (stage.length === 0) continue
    try {
      const results = await applyStage(context, stage, options, signal)
      done.push(...results.map(({ entry }) => entry))
      await settle(context, name, results, objects, options, signal)
    } catch (error) {
      throw withEarlier(error, done)
    }
  }
  return done
}

function refuseEncrypted({ owner }: ApplyContext, objects: readonly KubeObject[]): void {
  const refusals = objects
    .filter((object) => isEncryptedSecret(object, owner.labelGroup))
    .map(refOf)
    .map((object) => {
      const subject = formatRef(object)
      const message = `${subject} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`
      return { object, subject, reason: 'EncryptedSecret', message, error: undefined }
    })
  if (refusals.length === 0) return
  throw new ApplyError('EncryptedSecret', refusals.map(({ message }) => message).join('\n'), { refusals })
}

async function settle(
  context: ApplyContext,
  stage: StageName,
  results: readonly StageResult[],
  objects: readonly KubeObject[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<void> {
  if (stage !== 'definitions' && stage !== 'classes') return
  await waitForStage(context, results, options, signal)
  if (stage === 'definitions' && results.some(isNewCrd)) await waitForKinds(context, results, objects, options, signal)
}

function isNewCrd({ entry, live }: StageResult): boolean {
  return live !== undefined && isCrd(live) && (entry.action === 'created' || entry.action === 'configured')
}

/** An established CRD is served at once, but discovery lags behind a little: waits until the kinds that later objects need are found. */
async function waitForKinds(
  { client, clock }: ApplyContext,
  results: readonly StageResult[],
  objects: readonly KubeObject[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<void> {
  const defined = new Set(results.filter(isNewCrd).flatMap(({ live }) => definedKinds(live)))
  const needed = new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]))
  const deadline = clock.monotonic() + (options.stageTimeoutMs ?? 60_000)
  for (const gvk of needed.values()) {
    if (!defined.has(`${gvk.apiVersion}/${gvk.kind}`)) continue
    for (let pauseMs = 25; !(await isServed(client, gvk, signal)); pauseMs = Math.min(pauseMs * 2, 2000)) {
      // not an error here: the dry run of the object says in the server's words what is missing
      if (clock.monotonic() >= deadline) return
      await clock.sleep(pauseMs, signal)
    }
  }
}

async function isServed(
  client: ApplyContext['client'],
  gvk: { readonly apiVersion: string; readonly kind: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.resolve(gvk, signal)
    return true
  } catch (error) {
    if (isKubeError(error, 'KindNotFound')) return false
    throw error
  }
}

interface CrdSpec {
  readonly group?: string
  readonly names?: { readonly kind?: string }
  readonly versions?: readonly { readonly name: string; readonly served?: boolean }[]
}

/** `group/version/Kind` of all versions that the CRD serves. */
function definedKinds(crd: KubeObject | undefined): string[] {
  const spec = crd?.['spec'] as CrdSpec | undefined
  return (spec?.versions ?? [])
    .filter(({ served }) => served === true)
    .map(({ name }) => `${spec?.group ?? ''}/${name}/${spec?.names?.kind ?? ''}`)
}

function withEarlier(error: unknown, done: readonly ChangeSetEntry[]): unknown {
  if (!(error instanceof ApplyError) || done.length === 0) return error
  return new ApplyError(error.code, error.message, {
    uncertain: error.uncertain,
    refusals: error.refusals,
    changeSet: [...done, ...error.changeSet],
    cause: error.cause,
  })
}
