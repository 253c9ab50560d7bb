// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import { equalJson } from '../object/equality.ts'
import { SsaError } from '../errors.ts'
import { fieldPathOf } from './field-path.ts'
import { reaches } from './field-set.ts'
import { parsePointer, removeAt, replaceAt, valueAtPointer } from './json-pointer.ts'

/** Fields that other controllers may change (`spec.ignore`): JSON pointers, and the objects they hold for. */
export interface IgnoreRule {
  readonly paths: readonly string[]
  /** Judges the merged object; absent means all objects. The caller compiles the selector's expressions. */
  readonly matches?: (object: KubeObject) => boolean
}

/** The pointers that the rules give for an object, parsed. Throws `InvalidIgnoreRule` for one that is not RFC 6901. */
export function ignoredPaths(rules: readonly IgnoreRule[], object: KubeObject): (readonly string[])[] {
  return rules
    .filter((rule) => rule.matches?.(object) ?? true)
    .flatMap((rule) => rule.paths)
    .map((pointer) => {
      const path = parsePointer(pointer)
      if (path === undefined || path.length === 0) {
        throw new SsaError(
          'InvalidIgnoreRule',
          `spec.ignore path ${JSON.stringify(pointer)} is not a JSON pointer to a field, such as /spec/replicas`,
        )
      }
      return path
    })
}

/** The object without the ignored fields. */
export function withoutPaths(object: KubeObject, paths: readonly (readonly string[])[]): KubeObject {
  return paths.reduce((rest, path) => removeAt(rest, path) as KubeObject, object)
}

/**
 * The object to send when it is applied for a reason other than its ignored fields. Where an ignored field differs: one that another
 * manager applies is left out (we give it up); any other gets the live value, so that our apply does not undo it. `owns` says whose
 * entries of managedFields are ours by the time we apply: our own, and those that are taken over before.
 */
export function adoptIgnored(
  rendered: KubeObject,
  live: KubeObject,
  merged: KubeObject,
  paths: readonly (readonly string[])[],
  owns: (entry: ManagedFieldsEntry) => boolean,
): KubeObject {
  let payload: KubeObject = rendered
  for (const path of paths) {
    const liveValue = valueAtPointer(live, path)
    if (equalJson(liveValue, valueAtPointer(merged, path))) continue
    payload =
      liveValue === undefined || isAppliedByOther(live, path, owns)
        ? (removeAt(payload, path) as KubeObject)
        : (replaceAt(payload, path, liveValue) as KubeObject)
  }
  return payload
}

function isAppliedByOther(
  live: KubeObject,
  path: readonly string[],
  owns: (entry: ManagedFieldsEntry) => boolean,
): boolean {
  const applied = (live.metadata.managedFields ?? []).filter(
    (entry) => entry.operation === 'Apply' && (entry.subresource ?? '') === '' && entry.fieldsV1 !== undefined,
  )
  const fieldPath = fieldPathOf(live, path, applied)
  if (fieldPath === undefined) return false
  return applied.some((entry) => !owns(entry) && reaches(entry.fieldsV1 ?? {}, fieldPath))
}
