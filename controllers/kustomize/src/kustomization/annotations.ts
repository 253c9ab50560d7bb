// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { isDriftMode } from './drift/mode.ts'
import type { DriftMode } from './drift/mode.ts'

/** Group of everything that this controller adds to Flux's API: annotations, metadata of events, types of conditions. */
export const ownGroup = 'kustomize.tidelock.dev'

/** On a Kustomization, or on one of its objects, in Git or in the cluster: what happens when it drifts. */
export const driftAnnotation: string = `${ownGroup}/drift`

/** Condition that says what is drifted now (True), or what was corrected last (False). Absent on what never drifted. */
export const driftedCondition: string = `${ownGroup}/Drifted`

/** What the annotations of a Kustomization say; absent where there is none. */
export interface Settings {
  readonly drift?: DriftMode
}

/**
 * Reads the annotations of a Kustomization that belong to us. Throws `AnnotationInvalid`, naming the annotation and what it may say:
 * to go on as if it were not there could delete what it was to keep.
 */
export function readSettings({ metadata }: Pick<KubeObject, 'metadata'>): Settings {
  const drift = metadata.annotations?.[driftAnnotation]?.toLowerCase()
  if (drift !== undefined && !isDriftMode(drift)) throw invalid(driftAnnotation, drift, 'correct, warn or off')
  return drift === undefined ? {} : { drift }
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
