// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { isMap, isSet } from 'node:util/types'
import type { KustomizationSpec } from '@tidelock/api'
import type { KustomizationOptions, TargetedRun } from '../dependencies.ts'
import type { InputVersion } from './input-version.ts'

/** The inputs of a build that are outside its Kustomization: what the build itself read, or would read now. */
export interface ReadInputs {
  /** Digest of all that the build read, looked for or listed in the artifact; see `digestReadSet`. */
  readonly tree: string
  /** The ConfigMaps and Secrets of `spec.postBuild.substituteFrom`, in their order, absent ones too. */
  readonly variables: readonly InputVersion[]
  /** The Secret that `spec.decryption` takes its keys from. */
  readonly keys: readonly InputVersion[]
}

/**
 * Everything that decides what a run applies, where and as whom. A run whose inputs are those of the last one that was applied is
 * skipped, so what is not in here can go stale: every member is required, and there is one function that fills them.
 */
export interface BuildInputs extends ReadInputs {
  /** Of the Kustomization: another object of the same name is another one. */
  readonly uid: string
  /** The whole spec, so that no field can be forgotten. What does not matter to the build changes seldom, and costs one build then. */
  readonly spec: KustomizationSpec
  /** The cluster and account that it is applied with. */
  readonly target: string
  /** All flags and gates that the reconciler knows. */
  readonly options: KustomizationOptions
}

/** The inputs of this run, given what is read for it. */
export function toBuildInputs({ obj, target, deps }: TargetedRun, read: ReadInputs): BuildInputs {
  return { ...read, uid: obj.metadata.uid ?? '', spec: obj.spec, target: target.id, options: deps.options }
}

/** One hash over all inputs: equal keys mean the same objects, applied to the same place by the same account. */
export function skipKeyOf(inputs: BuildInputs): string {
  return hash('sha256', JSON.stringify(inputs, toCanonical))
}

// members in one order, whoever made the object; sets and maps would vanish otherwise
function toCanonical(_name: string, value: unknown): unknown {
  if (isSet(value)) return Array.from(value, (member) => JSON.stringify(member, toCanonical)).toSorted(compare)
  if (isMap(value)) return [...value]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compare(a, b)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
