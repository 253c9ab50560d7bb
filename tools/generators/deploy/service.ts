// SPDX-License-Identifier: Apache-2.0
import { systemNamespace } from './controllers.ts'
import type { InstalledController } from './controllers.ts'

/** The Services of a controller that serves others, on port 80 as Flux's. */
export function services(
  { fullName, services: wanted = {} }: InstalledController,
  labels: Readonly<Record<string, string>>,
): object[] {
  return Object.entries(wanted).map(([name, { portName }]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: systemNamespace, labels: { ...labels, 'control-plane': 'controller' } },
    spec: {
      type: 'ClusterIP',
      selector: { app: fullName },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: portName }],
    },
  }))
}
