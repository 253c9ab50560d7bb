// SPDX-License-Identifier: Apache-2.0
import type { Alert, FluxEvent, Provider } from '@tidelock/api'

/** One event on its way to one Provider because of one Alert. */
export interface Notification {
  /** With the metadata of the object, the Alert and the controller merged, keys without prefix. */
  readonly event: FluxEvent
  readonly alert: Alert
  readonly provider: Provider
}

/** `kustomization/apps.flux-system`, as Flux's messages name an object. */
export function authorOf({ involvedObject: { kind = '', name = '', namespace = '' } }: FluxEvent): string {
  return `${kind.toLowerCase()}/${name}.${namespace}`
}
