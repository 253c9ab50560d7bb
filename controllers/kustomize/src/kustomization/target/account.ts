// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import type { Impersonation } from '@tidelock/kube'

/** A ServiceAccount in whose name objects are applied. */
export interface Account {
  readonly namespace: string
  readonly name: string
}

/**
 * The account of `spec.serviceAccountName`, else the default one, in the namespace of the object; an empty name is none. Undefined
 * when neither names one. Throws `AccountInvalid` for a name that no account can have.
 */
export function accountOf({ spec, metadata }: Kustomization, defaultName: string): Account | undefined {
  const name = spec.serviceAccountName || defaultName
  if (name === '') return undefined
  if (!isName(name)) {
    throw new CodedError('AccountInvalid', `spec.serviceAccountName '${name}' is not the name of a ServiceAccount`)
  }
  return { namespace: metadata.namespace ?? '', name }
}

// a DNS subdomain, as the API server wants; a name with a colon could stand for another kind of user
function isName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
}

/** `ServiceAccount/namespace/name`. */
export function formatAccount({ namespace, name }: Account): string {
  return `ServiceAccount/${namespace}/${name}`
}

/** The user to act as. Without groups: the API server adds those of service accounts. */
export function impersonationOf({ namespace, name }: Account): Impersonation {
  return { user: `system:serviceaccount:${namespace}:${name}` }
}
