// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { formatRef, refOf } from '@tidelock/kube'
import { ApplyError } from './errors.ts'
import { ignoredPaths, withoutPaths } from './fields/ignore-rules.ts'
import { isRecord } from './normalize/record.ts'
import { isSecret } from './object/stage.ts'
import type { ApplyContext } from './plan/context.ts'
import type { DiffOptions, DiffResult } from './plan/options.ts'
import { planObject } from './plan/plan-object.ts'
import { refusalOf } from './plan/refusal.ts'

/** Says what apply would do to one prepared object. Writes nothing. Throws ApplyError `DryRunRefused`. */
export async function diff(
  context: ApplyContext,
  object: KubeObject,
  options: DiffOptions,
  signal: AbortSignal,
): Promise<DiffResult> {
  const plan = await planObject({ ...context, migrateApiVersion: false }, object, options, signal).catch(
    (error: unknown) => {
      signal.throwIfAborted()
      const refusal = refusalOf(refOf(object), error)
      throw new ApplyError('DryRunRefused', refusal.message, { refusals: [refusal], cause: error })
    },
  )
  const { ref, action, live, merged } = plan
  const head = { object: ref, subject: formatRef(ref), action }
  if (action !== 'configured' || live === undefined || merged === undefined) return head
  const paths = ignoredPaths(options.ignore ?? [], merged)
  const [before, after] = [live, merged].map((side) => withoutPaths(withoutManagedFields(side), paths)) as [
    KubeObject,
    KubeObject,
  ]
  const [maskedBefore, maskedAfter] = isSecret(object) ? maskData(before, after) : [before, after]
  return { ...head, live: maskedBefore, merged: maskedAfter }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Hides the values of two Secrets, but keeps visible which of them differ. */
function maskData(before: KubeObject, after: KubeObject): [KubeObject, KubeObject] {
  const [old, now] = [before['data'], after['data']]
  const mask = (own: unknown, other: unknown, note: string): Record<string, string> | undefined => {
    if (!isRecord(own)) return undefined
    const differs = (key: string): boolean => isRecord(other) && Object.hasOwn(other, key) && other[key] !== own[key]
    return Object.fromEntries(Object.keys(own).map((key) => [key, differs(key) ? `*** (${note})` : '***']))
  }
  return [withData(before, mask(old, now, 'before')), withData(after, mask(now, old, 'after'))]
}

function withData(object: KubeObject, data: Record<string, string> | undefined): KubeObject {
  return data === undefined ? object : { ...object, data }
}
