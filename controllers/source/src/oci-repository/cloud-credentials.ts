// SPDX-License-Identifier: Apache-2.0
import type { OCIRepository } from '@tidelock/api'
import { findIdentity, getRegistryCredentials } from '@tidelock/auth'
import type { IdentityAccess } from '@tidelock/auth'
import type { HttpProxy } from '@tidelock/http'
import type { KubeClient } from '@tidelock/kube'
import type { Credentials, RepositoryName } from '@tidelock/oci'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { authThrough } from '../identity/auth-through.ts'
import type { AuthAccess } from '../identity/auth-through.ts'
import { fetchFailed } from '../skeleton/failures.ts'

/** What credentials of cloud providers are made with. */
export interface CloudAccess extends IdentityAccess, AuthAccess {
  readonly client: KubeClient
  /** Whether objects may name a ServiceAccount (feature gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
}

/** Credentials that `spec.provider` gives for its registry; undefined for the generic provider. */
export async function cloudCredentials(
  ctx: ReconcileContext,
  obj: OCIRepository,
  { registry, proxy }: Pick<RepositoryName, 'registry'> & { readonly proxy: HttpProxy | undefined },
  access: CloudAccess,
): Promise<Step<Credentials | undefined>> {
  const { provider = 'generic', serviceAccountName = '' } = obj.spec
  if (provider === 'generic') return next(undefined)
  if (serviceAccountName !== '' && !access.workloadIdentity) {
    const error = new Error(
      'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
    )
    return { kind: 'stalled', reason: 'FeatureGateDisabled', error, observe: true }
  }
  const { namespace = '' } = obj.metadata
  try {
    const identity = await findIdentity(access, { namespace, name: serviceAccountName }, ctx.signal)
    const request = { provider, registry, identity }
    await using through = authThrough(access, obj, proxy)
    const { username, password } = await getRegistryCredentials(request, through.auth, ctx.signal)
    return next({ kind: 'basic', username, password })
  } catch (cause) {
    const error = new Error(`failed to get credential from ${provider}`, { cause })
    return fetchFailed(ctx, obj, 'AuthenticationFailed', error)
  }
}
