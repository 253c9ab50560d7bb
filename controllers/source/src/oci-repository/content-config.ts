// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import { removeCondition, sourceVerifiedCondition } from '@tidelock/api'
import type { OCIRepository } from '@tidelock/api'

/** Whether the stored artifact was made with other settings than the spec has now. */
export function contentConfigChanged({ spec, status }: OCIRepository): boolean {
  return spec.ignore !== status?.observedIgnore || !isDeepStrictEqual(spec.layerSelector, status?.observedLayerSelector)
}

/** Notes the settings of the spec as those of the stored artifact. */
export function observeContentConfig(obj: OCIRepository): void {
  const { observedIgnore: _ignore, observedLayerSelector: _selector, ...status } = obj.status ?? {}
  const { ignore, layerSelector } = obj.spec
  obj.status = {
    ...status,
    ...(ignore === undefined ? {} : { observedIgnore: ignore }),
    ...(layerSelector === undefined ? {} : { observedLayerSelector: layerSelector }),
  }
}

/** Takes the verdict on an artifact out of the status when nobody asks for one any more. */
export function forgetVerification(obj: OCIRepository): void {
  if (obj.spec.verify === undefined) removeCondition(obj, sourceVerifiedCondition)
}
