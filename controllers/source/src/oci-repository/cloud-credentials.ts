// SPDX-License-Identifier: Apache-2.0
import type { OCIRepository } from '@tidelock/api'
import type { HttpProxy } from '@tidelock/http'
import type { Credentials, RepositoryName } from '@tidelock/oci'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { fetchFailed } from '../skeleton/failures.ts'

/** What credentials of cloud providers are made with. */
export interface CloudAccess {
  /** Whether objects may name a ServiceAccount (feature gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
}

/** Credentials that `spec.provider` gives for its registry; undefined for the generic provider. */
export async function cloudCredentials(
  ctx: ReconcileContext,
  obj: OCIRepository,
  _name: RepositoryName,
  access: CloudAccess,
  _proxy: HttpProxy | undefined,
): Promise<Step<Credentials | undefined>> {
  const { provider = 'generic', serviceAccountName = '' } = obj.spec
  if (provider === 'generic') return next(undefined)
  if (serviceAccountName !== '' && !access.workloadIdentity) {
    const error = new Error(
      'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
    )
    return { kind: 'stalled', reason: 'FeatureGateDisabled', error, observe: true }
  }
  const error = new Error(`failed to get credential from ${provider}: not supported by this version`)
  return fetchFailed(ctx, obj, 'AuthenticationFailed', error)
}
