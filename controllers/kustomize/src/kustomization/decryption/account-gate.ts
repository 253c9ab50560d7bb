// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'
import type { Stalled } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'

const gate = 'ObjectLevelWorkloadIdentity'

/** The end of a run whose object names a ServiceAccount for decryption although the gate does not allow that; else undefined. */
export function refuseAccount({ obj, deps }: Run): Stalled | undefined {
  if ((obj.spec.decryption?.serviceAccountName ?? '') === '' || deps.options.workloadIdentity) return undefined
  const message = `to use spec.decryption.serviceAccountName for decryption authentication please enable the ${gate} feature gate in the controller`
  return { kind: 'stalled', reason: 'FeatureGateDisabled', error: new CodedError('FeatureGateDisabled', message) }
}
