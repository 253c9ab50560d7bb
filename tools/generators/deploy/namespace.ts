// SPDX-License-Identifier: Apache-2.0
import { systemNamespace } from './controllers.ts'

type Labels = Readonly<Record<string, string>>

/** The namespace of the controllers. */
export function namespaceObject(labels: Labels): object {
  const podSecurity = {
    'pod-security.kubernetes.io/warn': 'restricted',
    'pod-security.kubernetes.io/warn-version': 'latest',
  }
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: systemNamespace, labels: { ...labels, ...podSecurity } },
  }
}

/** What may reach the pods (their own namespace, whoever scrapes metrics, and who sends webhooks), and the quota that critical pods need. */
export function policyObjects(labels: Labels): object[] {
  const metadata = (name: string): object => ({ name, namespace: systemNamespace, labels })
  const policy = (name: string, spec: object): object => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(name),
    spec: { podSelector: {}, ...spec },
  })
  return [
    policy('allow-egress', {
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{}],
    }),
    policy('allow-scraping', {
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: 8080 }] }],
    }),
    policy('allow-webhooks', {
      podSelector: { matchLabels: { app: 'notification-controller' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: {} }] }],
    }),
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: metadata(`critical-pods-${systemNamespace}`),
      spec: { hard: { pods: '1000' }, scopeSelector: { matchExpressions: [criticalPods] } },
    },
  ]
}

const criticalPods = {
  operator: 'In',
  scopeName: 'PriorityClass',
  values: ['system-node-critical', 'system-cluster-critical'],
}
