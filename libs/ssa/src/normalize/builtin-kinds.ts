// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'

/**
 * The API groups whose kinds Flux turns into Go types and back before it applies them (client-go's scheme). What a Go type
 * cannot hold (nulls, fields that it does not know) is lost on that way, so it must not reach the API server from us either.
 */
const groups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
])

/** Whether Flux would send the object through a Go type. Roles and ClusterRoles are the exception that it makes. */
export function isBuiltin(object: { readonly apiVersion: string; readonly kind: string }): boolean {
  if (
    object.apiVersion === 'rbac.authorization.k8s.io/v1' &&
    (object.kind === 'Role' || object.kind === 'ClusterRole')
  ) {
    return false
  }
  return groups.has(parseApiVersion(object.apiVersion).group)
}
