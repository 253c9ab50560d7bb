// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case, Names } from '../case.ts'
import { deleted, other, plain } from './manifests.ts'

const live = ({ app }: Names, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: app, ...metadata },
})
const green = { 'a.yaml': configMap('settings', { color: 'green' }) }
const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`

/** What objects may look like, and who else has a hand in them. */
export const shapes: readonly Case[] = [
  {
    name: 'metadata-given',
    files: {
      'a.yaml': configMap(
        'settings',
        { a: 'b' },
        '  uid: 00000000-0000-0000-0000-000000000000\n  resourceVersion: "1"\n  generation: 4\n  creationTimestamp: null\n  selfLink: /x\n',
      ),
    },
  },
  { name: 'status-given', files: { 'a.yaml': `${deployment('web')}status: {replicas: 9}\n` } },
  {
    name: 'null-values',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: null, annotations: {}}\ndata: {a: null, b: c}\n',
    },
  },
  { name: 'generate-name', files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n' } },
  {
    name: 'owner-references',
    files: {
      'a.yaml': configMap(
        'settings',
        { a: 'b' },
        '  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x, uid: 00000000-0000-0000-0000-000000000001}]\n',
      ),
    },
  },
  { name: 'list-empty', files: { 'a.yaml': 'apiVersion: v1\nkind: List\nitems: []\n', 'b.yaml': plain } },
  {
    name: 'config-map-list',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n',
    },
  },
  {
    name: 'ports-protocols',
    files: {
      'a.yaml': service('{selector: {app: x}, ports: [{name: dns, port: 53, protocol: UDP}, {name: tcp, port: 53}]}'),
      'b.yaml': deployment('web').replace(
        'image: example.com/app:1.0.0',
        'image: example.com/app:1.0.0\n          ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]',
      ),
    },
  },
  {
    name: 'secret-both-data',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: plain, c: d}\ndata: {a: eA==, b: eQ==}\n',
    },
    steps: [
      {
        does: 'key removed',
        commit: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: plain}\n' },
      },
    ],
  },
  {
    name: 'secret-bad-base64',
    files: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: "not base64!"}\n' },
  },
  {
    name: 'secret-data-number',
    files: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: 12}\n' },
  },
  {
    name: 'secret-immutable',
    files: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nimmutable: true\nmetadata: {name: s}\nstringData: {a: one}\n' },
    steps: [
      {
        does: 'changed',
        commit: {
          'a.yaml': 'apiVersion: v1\nkind: Secret\nimmutable: true\nmetadata: {name: s}\nstringData: {a: two}\n',
        },
      },
    ],
  },
  {
    name: 'many-kinds-order',
    files: {
      'a.yaml': [
        'v1 Service',
        'networking.k8s.io/v1 Ingress',
        'v1 ServiceAccount',
        'rbac.authorization.k8s.io/v1 Role',
        'v1 ConfigMap',
        'v1 LimitRange',
        'v1 ResourceQuota',
        'policy/v1 PodDisruptionBudget',
        'v1 Secret',
        'networking.k8s.io/v1 NetworkPolicy',
        'v1 PersistentVolumeClaim',
        'coordination.k8s.io/v1 Lease',
        'apps/v1 Deployment',
        'batch/v1 CronJob',
        'v1 Pod',
      ]
        .map((line) => {
          const [apiVersion = '', kind = ''] = line.split(' ')
          const specs: Record<string, string> = {
            Service: 'spec: {ports: [{port: 80}]}\n',
            Ingress: 'spec: {defaultBackend: {service: {name: x, port: {number: 80}}}}\n',
            Role: 'rules: []\n',
            LimitRange: 'spec: {limits: []}\n',
            ResourceQuota: 'spec: {}\n',
            PodDisruptionBudget: 'spec: {minAvailable: 1}\n',
            NetworkPolicy: 'spec: {podSelector: {}}\n',
            PersistentVolumeClaim: 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n',
            Deployment: deployment('x').slice(deployment('x').indexOf('spec:')),
            CronJob:
              'spec: {schedule: "0 0 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}\n',
            Pod: 'spec: {containers: [{name: a, image: a}]}\n',
          }
          return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n${specs[kind] ?? ''}`
        })
        .join('---\n'),
    },
    steps: [{ does: 'all removed but one', commit: { 'a.yaml': other } }],
  },
  {
    name: 'class-first',
    files: {
      'a.yaml':
        'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: "pc-${side}"}\nvalue: 5\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {priorityClassName: "pc-${side}", containers: [{name: a, image: a}]}\n',
    },
    spec: ({ side }) => ({ postBuild: { substitute: { side } } }),
    steps: [deleted],
  },
  {
    name: 'crd-conversion',
    files: {
      'a.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: cogs.${side}.example.net\nspec:\n  group: ${side}.example.net\n  names: {kind: Cog, plural: cogs, singular: cog}\n  scope: Namespaced\n  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {caBundle: Cg==, service: {name: x, namespace: default}}}}\n  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n',
    },
    spec: ({ side }) => ({ postBuild: { substitute: { side } } }),
    steps: [deleted],
  },
  {
    name: 'crd-invalid',
    files: {
      'a.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: wrong}\nspec: {}\n',
      'b.yaml': plain,
    },
  },
  {
    name: 'custom-resource-invalid',
    files: {
      'a.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec: {prune: maybe}\n',
    },
  },
  {
    name: 'api-version-gone',
    files: { 'a.yaml': 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: x}\nspec: {}\n' },
  },
  {
    name: 'namespace-terminating',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' },
    before: ({ side }) => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `ending-${side}` } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'held', namespace: `ending-${side}`, finalizers: ['example.com/held'] },
      },
    ],
    spec: ({ side }) => ({ targetNamespace: `ending-${side}`, suspend: true }),
    until: 'quiet',
    steps: [
      {
        does: 'resumed in a namespace that ends',
        remove: ({ side }) => [{ apiVersion: 'v1', kind: 'Namespace', name: `ending-${side}` }],
        patch: () => ({ spec: { suspend: false } }),
      },
    ],
  },
  {
    name: 'quota',
    files: { 'a.yaml': plain, 'b.yaml': other },
    before: ({ app }) => [
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q', namespace: app },
        spec: { hard: { 'count/configmaps': '1' } },
      },
    ],
  },
  {
    name: 'kubectl-edit',
    files: { 'a.yaml': deployment('web') },
    steps: [
      {
        does: 'added by hand',
        apply: ({ app }) => [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web', namespace: app, labels: { mine: 'x' }, annotations: { note: 'y' } },
            spec: { revisionHistoryLimit: 3 },
          },
        ],
        request: true,
      },
    ],
  },
  {
    name: 'legacy-metadata',
    files: { 'a.yaml': plain },
    before: (names) => [
      {
        ...live(names, {
          labels: { 'fluxcd.io/sync-gc-mark': 'x' },
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': '{}',
            'kustomize.toolkit.fluxcd.io/checksum': 'x',
            'fluxcd.io/sync-checksum': 'y',
            keep: 'z',
          },
        }),
        data: { color: 'red' },
      },
    ],
  },
  {
    name: 'event-annotations',
    files: { 'a.yaml': plain },
    annotations: {
      'event.toolkit.fluxcd.io/team': 'one',
      'event.toolkit.fluxcd.io/summary': 'two',
      'event.toolkit.fluxcd.io/revision': 'mine',
      other: 'x',
    },
    steps: [{ does: 'failed', commit: { 'b.yaml': service('{ports: [{port: 99999999}]}') } }],
  },
  {
    name: 'ignore-pointers',
    files: {
      'a.yaml': deployment('web').replace(
        'metadata:\n  name: web\n',
        'metadata:\n  name: web\n  annotations: {example.com/a: "1"}\n',
      ),
    },
    spec: () => ({
      ignore: [
        { paths: ['/metadata/annotations/example.com~1a', '/spec/template/spec/containers/0/image', '/none/deep'] },
      ],
    }),
    steps: [
      {
        does: 'changed',
        commit: {
          'a.yaml': deployment('web')
            .replace('1.0.0', '2.0.0')
            .replace('replicas: 1', 'replicas: 2')
            .replace('metadata:\n  name: web\n', 'metadata:\n  name: web\n  annotations: {example.com/a: "2"}\n'),
        },
      },
    ],
  },
  {
    name: 'ignore-bad-pointer',
    files: { 'a.yaml': plain },
    spec: () => ({ ignore: [{ paths: ['data/color'] }] }),
    steps: [{ does: 'changed', commit: green }],
  },
  {
    name: 'ignore-bad-regex',
    files: { 'a.yaml': plain },
    spec: () => ({ ignore: [{ paths: ['/data'], target: { name: '(' } }] }),
  },
  {
    name: 'ignore-bad-selector',
    files: { 'a.yaml': plain },
    spec: () => ({ ignore: [{ paths: ['/data'], target: { labelSelector: 'a in (' } }] }),
  },
  {
    name: 'ignore-root',
    files: { 'a.yaml': plain },
    spec: () => ({ ignore: [{ paths: [''] }] }),
    steps: [{ does: 'changed', commit: green }],
  },
  {
    name: 'ignore-applied-by-other',
    files: { 'a.yaml': deployment('web') },
    spec: () => ({ ignore: [{ paths: ['/spec/replicas'] }] }),
    steps: [
      {
        does: 'taken',
        apply: ({ app }) => [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web', namespace: app },
            spec: { replicas: 4 },
          },
        ],
        commit: { 'a.yaml': deployment('web').replace('1.0.0', '2.0.0') },
      },
    ],
  },
  {
    name: 'history-six',
    files: { 'a.yaml': configMap('settings', { n: '0' }) },
    steps: [
      ...['1', '2', '3', '4', '5'].map((n) => ({ does: n, commit: { 'a.yaml': configMap('settings', { n }) } })),
      { does: 'back to 3', commit: { 'a.yaml': configMap('settings', { n: '3' }) } },
      { does: 'broken', commit: { 'a.yaml': 'x: [' } },
    ],
  },
]
