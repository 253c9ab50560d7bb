// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { isDriftMode } from './drift/mode.ts'
import type { DriftMode } from './drift/mode.ts'
import { kindForms, parseKindSet } from './guards/kind-set.ts'
import type { KindSet } from './guards/kind-set.ts'
import { budgetForms, parsePruneBudget } from './guards/prune-budget.ts'
import type { PruneBudget } from './guards/prune-budget.ts'

/** Group of everything that this controller adds to Flux's API: annotations, metadata of events, types of conditions. */
export const ownGroup = 'kustomize.tidelock.dev'

/** On a Kustomization, or on one of its objects, in Git or in the cluster: what happens when it drifts. */
export const driftAnnotation: string = `${ownGroup}/drift`

/** Agrees to a deletion that a guard stopped. */
export const confirmAnnotation: string = `${ownGroup}/confirm-prune`

const budgetAnnotation = `${ownGroup}/prune-budget`
const kindsAnnotation = `${ownGroup}/protected-kinds`
const emptyAnnotation = `${ownGroup}/empty-source`

/** Condition that says what is drifted now (True), or what was corrected last (False). Absent on what never drifted. */
export const driftedCondition: string = `${ownGroup}/Drifted`

/** Condition that says of which kinds drift is found at the interval only (True). Absent when all are watched. */
export const unwatchedCondition: string = `${ownGroup}/Unwatched`

/** What holds for a Kustomization: what its annotations say, and where they say nothing, the flags. */
export interface Settings {
  readonly drift: DriftMode
  /** Undefined: as many as the source says. */
  readonly pruneBudget: PruneBudget | undefined
  /** Kinds that are never deleted. */
  readonly protectedKinds: KindSet
  /** Whether a build without a single object deletes nothing. */
  readonly refuseEmptySource: boolean
}

/**
 * Reads the annotations of a Kustomization that belong to us. Throws `AnnotationInvalid`, naming the annotation and what it may say:
 * to go on as if it were not there could delete what it was to keep.
 */
export function readSettings({ metadata }: Pick<KubeObject, 'metadata'>, defaults: Settings): Settings {
  const read = <V>(key: string, parse: (text: string) => V | undefined, forms: string, absent: V): V => {
    const text = metadata.annotations?.[key]
    if (text === undefined) return absent
    const value = parse(text.trim())
    if (value === undefined) throw invalid(key, text, forms)
    return value
  }
  const budget = read(budgetAnnotation, parsePruneBudget, budgetForms, defaults.pruneBudget ?? null)
  return {
    drift: read(driftAnnotation, parseMode, 'correct, warn or off', defaults.drift),
    pruneBudget: budget ?? undefined,
    protectedKinds: read(kindsAnnotation, parseKindSet, kindForms, defaults.protectedKinds),
    refuseEmptySource: read(emptyAnnotation, parseEmpty, 'refuse or prune', defaults.refuseEmptySource),
  }
}

function parseMode(text: string): DriftMode | undefined {
  const mode = text.toLowerCase()
  return isDriftMode(mode) ? mode : undefined
}

function parseEmpty(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return word === 'refuse' ? true : word === 'prune' ? false : undefined
}

function invalid(key: string, value: string, wanted: string): CodedError<'AnnotationInvalid'> {
  return new CodedError('AnnotationInvalid', `annotation ${key}: '${value}' is not ${wanted}`)
}

/** Whether an annotation of ours differs: that is as good a reason for a run as a change of the spec. */
export function settingsChanged(now: Pick<KubeObject, 'metadata'>, before: Pick<KubeObject, 'metadata'>): boolean {
  return JSON.stringify(ownAnnotations(now)) !== JSON.stringify(ownAnnotations(before))
}

/** The annotations of ours that an object has, in a fixed order. */
export function ownAnnotations({ metadata }: Pick<KubeObject, 'metadata'>): [string, string][] {
  return Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key.startsWith(`${ownGroup}/`))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
