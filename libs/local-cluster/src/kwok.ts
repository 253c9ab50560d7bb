// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import { KWOK_NODE_ANNOTATION, NODE_NAME } from './arguments.ts'

/**
 * Put on a pod (template), this annotation says what KWOK is to make of it, for tests of health and waiting:
 * `Pending` leaves it unstarted, `Unready` runs it but never passes its readiness, `Failed` ends it with exit code 1.
 */
export const POD_BEHAVIOUR_ANNOTATION = 'kwok.tidelock.dev/behaviour'

const BEHAVIOUR = `.metadata.annotations["${POD_BEHAVIOUR_ANNOTATION}"]`
const ALIVE = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
const PENDING = { key: '.status.phase', operator: 'In', values: ['Pending'] }

/** KWOK's whole configuration: how nodes and pods move on. */
export function kwokConfig(): string {
  const stages = [
    nodeReady(),
    podStage('pod-ready', [ALIVE, PENDING, { key: BEHAVIOUR, operator: 'DoesNotExist' }], {
      statusTemplate: runningStatus(true),
    }),
    podStage('pod-unready', [ALIVE, PENDING, { key: BEHAVIOUR, operator: 'In', values: ['Unready'] }], {
      statusTemplate: runningStatus(false),
    }),
    podStage('pod-failed', [ALIVE, PENDING, { key: BEHAVIOUR, operator: 'In', values: ['Failed'] }], {
      statusTemplate: terminatedStatus('Failed', 1, 'Error'),
    }),
    podStage(
      'pod-complete',
      [
        ALIVE,
        { key: '.status.phase', operator: 'In', values: ['Running'] },
        { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
      ],
      { statusTemplate: terminatedStatus('Succeeded', 0, 'Completed') },
    ),
    podStage('pod-delete', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
      delete: true,
    }),
  ]
  return stages.map((stage) => stringify(stage, { lineWidth: 0 })).join('---\n')
}

/** The node that KWOK plays, as it is registered with the API server. */
export function kwokNode(): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE_NAME,
      annotations: { [KWOK_NODE_ANNOTATION]: 'fake' },
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': NODE_NAME,
        'node.kubernetes.io/instance-type': 'kwok',
      },
    },
  }
}

function podStage(name: string, matchExpressions: readonly object[], next: object): object {
  return createStage(name, 'Pod', matchExpressions, next)
}

function createStage(name: string, kind: string, matchExpressions: readonly object[], next: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  }
}

function nodeReady(): object {
  const unready = {
    key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
    operator: 'NotIn',
    values: ['True'],
  }
  return createStage('node-ready', 'Node', [unready], {
    statusTemplate: `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ .metadata.name | Quote }}
allocatable: {cpu: "1000", memory: 1Ti, pods: "100000", ephemeral-storage: 1Ti}
capacity: {cpu: "1000", memory: 1Ti, pods: "100000", ephemeral-storage: 1Ti}
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  kubeletVersion: {{ printf "kwok-%s" Version | Quote }}
  kubeProxyVersion: ""
  containerRuntimeVersion: {{ printf "kwok://%s" Version | Quote }}
  kernelVersion: ""
  osImage: KWOK
  bootID: ""
  machineID: ""
  systemUUID: ""
phase: Running
`,
  })
}

function runningStatus(ready: boolean): string {
  return `{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
${podCondition('Initialized', true)}${podCondition('Ready', ready)}${podCondition('ContainersReady', ready)}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}
  {{ else }}
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
  {{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: ${ready}
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
${ADDRESSES}`
}

function terminatedStatus(phase: string, exitCode: number, reason: string): string {
  return `{{ $now := Now }}
phase: ${phase}
conditions:
${podCondition('Ready', false)}${podCondition('ContainersReady', false)}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state: {terminated: {exitCode: ${exitCode}, reason: ${reason}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
{{ end }}
`
}

function podCondition(type: string, isTrue: boolean): string {
  return `- type: ${type}
  status: "${isTrue ? 'True' : 'False'}"
  lastTransitionTime: {{ $now | Quote }}
`
}

const ADDRESSES = `{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
`
