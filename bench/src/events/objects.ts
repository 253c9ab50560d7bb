// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'

const apiVersion = 'notification.toolkit.fluxcd.io/v1beta3'

/** A Provider of type generic that sends to the URL, and an Alert about every Kustomization of the namespace. */
export function alertFor(namespace: string, url: string): KubeObject[] {
  const metadata = { name: 'bench', namespace }
  return [
    { apiVersion, kind: 'Provider', metadata, spec: { type: 'generic', address: url } },
    {
      ...{ apiVersion, kind: 'Alert', metadata },
      spec: { providerRef: { name: 'bench' }, eventSources: [{ kind: 'Kustomization', name: '*' }] },
    },
  ]
}
