// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case, Names } from '../case.ts'

const plain = configMap('settings', { color: 'blue' })
const other = configMap('other', { a: 'b' })
const ref = ({ app }: Names) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: app, name: 'settings' })
const live = ({ app }: Names, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: app, ...metadata },
})
const annotated = (key: string, value: string, as = 'annotations'): string =>
  configMap('settings', { color: 'blue' }, `  ${as}:\n    kustomize.toolkit.fluxcd.io/${key}: ${value}\n`)
const green = { 'a.yaml': configMap('settings', { color: 'green' }) }
const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`
const held = (color: string): string => configMap('settings', { color }, '  finalizers: [example.com/held]\n')

/** Policy that refuses to delete ConfigMaps of the case's namespace. */
function undeletable({ app }: Names) {
  const metadata = { name: `${app}-keep` }
  const apiVersion = 'admissionregistration.k8s.io/v1'
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: "oldObject.metadata.name != 'settings'", message: 'it stays' }],
      },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata },
      spec: { policyName: `${app}-keep`, validationActions: ['Deny'] },
    },
  ]
}
const removePolicy = ({ app }: Names) =>
  ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'].map((kind) => ({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: `${app}-keep` },
  }))
const removed = { does: 'removed', commit: { 'a.yaml': null } }
const deleted = { does: 'deleted', delete: true } as const

/** What objects may be like, and what becomes of them. */
export const objects: readonly Case[] = [
  {
    name: 'ssa-value-case',
    files: { 'a.yaml': annotated('ssa', 'ifnotpresent') },
    steps: [{ does: 'changed', commit: { 'a.yaml': annotated('ssa', 'ifnotpresent').replace('blue', 'green') } }],
  },
  {
    name: 'ssa-label',
    files: { 'a.yaml': annotated('ssa', 'IfNotPresent', 'labels') },
    steps: [
      { does: 'changed', commit: { 'a.yaml': annotated('ssa', 'IfNotPresent', 'labels').replace('blue', 'green') } },
    ],
  },
  {
    name: 'ssa-unknown-value',
    files: { 'a.yaml': annotated('ssa', 'Sometimes') },
    steps: [{ does: 'changed', commit: { 'a.yaml': annotated('ssa', 'Sometimes').replace('blue', 'green') } }],
  },
  {
    name: 'ssa-merge-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'merged by hand',
        apply: (names) => [
          { ...live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } }), data: { mine: 'too' } },
        ],
        request: true,
      },
      { does: 'changed', commit: green },
    ],
  },
  {
    name: 'ssa-ignore-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'ignored by hand',
        apply: (names) => [live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' } })],
        request: true,
      },
      { does: 'changed', commit: green },
      { does: 'removed', commit: { 'a.yaml': other } },
    ],
  },
  {
    name: 'ssa-absent-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'set by hand',
        apply: (names) => [live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } })],
        request: true,
      },
      { does: 'changed', commit: green },
    ],
  },
  {
    name: 'prune-disabled-live',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [
      {
        does: 'set by hand',
        apply: (names) => [live(names, { labels: { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' } })],
        request: true,
      },
      removed,
      deleted,
    ],
  },
  {
    name: 'prune-owner-gone',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [
      {
        does: 'taken',
        apply: (names) => [live(names, { labels: { 'kustomize.toolkit.fluxcd.io/name': 'somebody' } })],
        commit: { 'a.yaml': null },
      },
    ],
  },
  {
    name: 'prune-gone',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [{ does: 'removed twice', remove: (names) => [ref(names)], commit: { 'a.yaml': null } }],
  },
  {
    name: 'prune-refused',
    files: { 'a.yaml': plain, 'b.yaml': other, 'c.yaml': configMap('third', {}) },
    before: undeletable,
    steps: [
      { does: 'removed', commit: { 'a.yaml': null, 'c.yaml': null } },
      { does: 'again', request: true },
      { does: 'allowed', remove: removePolicy, request: true },
    ],
  },
  {
    name: 'delete-refused',
    files: { 'a.yaml': plain, 'b.yaml': other },
    before: undeletable,
    steps: [{ does: 'deleted', delete: true, until: 'quiet' }],
  },
  {
    name: 'delete-held',
    files: { 'a.yaml': held('blue') },
    spec: () => ({ deletionPolicy: 'WaitForTermination', timeout: '4s' }),
    steps: [deleted],
  },
  { name: 'delete-held-not-waited', files: { 'a.yaml': held('blue') }, steps: [deleted] },
  {
    name: 'mirror-no-prune',
    files: { 'a.yaml': plain },
    spec: () => ({ prune: false, deletionPolicy: 'MirrorPrune' }),
    steps: [deleted],
  },
  {
    name: 'prune-turned-on',
    files: { 'a.yaml': plain, 'b.yaml': other },
    spec: () => ({ prune: false }),
    steps: [removed, { does: 'turned on', patch: () => ({ spec: { prune: true } }) }],
  },
  {
    name: 'all-removed',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [{ does: 'removed', commit: { 'a.yaml': null, 'b.yaml': null, 'readme.md': 'x' } }],
  },
  {
    name: 'moved-kind',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'a Secret now',
        commit: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: settings}\nstringData: {color: blue}\n' },
      },
    ],
  },
  {
    name: 'moved-version',
    files: {
      'a.yaml':
        'apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, targetCPUUtilizationPercentage: 80}\n',
    },
    steps: [
      {
        does: 'v2',
        commit: {
          'a.yaml':
            'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}\n',
        },
      },
    ],
  },
  {
    name: 'failed-then-removed',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'one bad', commit: { 'b.yaml': service('{ports: [{port: 99999999}]}') } },
      { does: 'mended', commit: { 'b.yaml': null, 'a.yaml': other } },
    ],
  },
  {
    name: 'force-service',
    files: { 'a.yaml': service('{clusterIP: None, ports: [{port: 80}]}') },
    spec: () => ({ force: true }),
    steps: [
      { does: 'changed', commit: { 'a.yaml': service('{ports: [{port: 80}]}') } },
      { does: 'type', commit: { 'a.yaml': service('{type: NodePort, clusterIP: None, ports: [{port: 80}]}') } },
    ],
  },
  {
    name: 'force-selector',
    files: { 'a.yaml': deployment('web') },
    spec: () => ({ force: true }),
    steps: [{ does: 'changed', commit: { 'a.yaml': deployment('web').replaceAll('app: web', 'app: two') } }],
  },
  {
    name: 'selector-immutable',
    files: { 'a.yaml': deployment('web'), 'b.yaml': plain },
    steps: [
      { does: 'changed', commit: { 'a.yaml': deployment('web').replaceAll('app: web', 'app: two'), 'b.yaml': other } },
      {
        does: 'live force',
        apply: ({ app }) => [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web', namespace: app, annotations: { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' } },
          },
        ],
        request: true,
      },
    ],
  },
  {
    name: 'force-invalid',
    files: { 'a.yaml': plain },
    spec: () => ({ force: true }),
    steps: [{ does: 'invalid', commit: { 'a.yaml': service('{ports: [{port: 99999999}]}') } }],
  },
  {
    name: 'metadata-given',
    files: {
      'a.yaml': configMap(
        'settings',
        { a: 'b' },
        '  uid: 00000000-0000-0000-0000-000000000000\n  resourceVersion: "1"\n  generation: 4\n  creationTimestamp: null\n  managedFields: []\n  selfLink: /x\n',
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
