// SPDX-License-Identifier: Apache-2.0
import { leanNode } from '../../../cli/src/up/lean-node.ts'
import { systemNamespace } from './controllers.ts'
import type { InstalledController } from './controllers.ts'

const commonFlags = ['--watch-all-namespaces', '--log-level=info', '--log-encoding=json', '--enable-leader-election']

/** The Deployment of a controller: what Pod Security calls restricted, and nothing to write to but its volumes. */
export function deployment(
  controller: InstalledController,
  labels: Readonly<Record<string, string>>,
  version: string,
): object {
  const { fullName: name, strategy } = controller
  const podLabels = { ...labels, app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: systemNamespace, labels: { ...labels, 'control-plane': 'controller' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      ...(strategy === undefined ? {} : { strategy: { type: strategy } }),
      template: {
        metadata: {
          labels: podLabels,
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
        },
        spec: podSpec(controller, version),
      },
    },
  }
}

function podSpec(controller: InstalledController, version: string): object {
  return {
    serviceAccountName: controller.fullName,
    priorityClassName: 'system-cluster-critical',
    terminationGracePeriodSeconds: controller.graceSeconds,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    // what cloud providers mount as a token must be readable for a user that is not root
    securityContext: { fsGroup: 1337 },
    containers: [container(controller, version)],
    volumes: Object.keys(controller.volumes).map((name) => ({ name, emptyDir: {} })),
  }
}

function container(controller: InstalledController, version: string): object {
  const { fullName, flags, readiness, requests, services = {}, volumes } = controller
  const port = (name: string, containerPort: number): object => ({ name, containerPort, protocol: 'TCP' })
  return {
    name: 'manager',
    image: `ghcr.io/tidelock/${fullName}:${version}`,
    imagePullPolicy: 'IfNotPresent',
    args: [...commonFlags, ...flags],
    env: [
      { name: 'RUNTIME_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      ...Object.entries(leanNode.env).map(([variable, value]) => ({ name: variable, value })),
      { name: 'NODE_OPTIONS', value: leanNode.options.join(' ') },
    ],
    ports: [
      ...Object.values(services).map((service) => port(service.portName, service.port)),
      port('http-prom', 8080),
      port('healthz', 9440),
    ],
    livenessProbe: { httpGet: { port: 'healthz', path: '/healthz' } },
    readinessProbe: { httpGet: readiness },
    resources: { requests, limits: { cpu: '1000m', memory: '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: Object.entries(volumes).map(([name, mountPath]) => ({ name, mountPath })),
  }
}
