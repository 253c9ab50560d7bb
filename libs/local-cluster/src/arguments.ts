// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Layout } from './layout.ts'
import type { ComponentName } from './types.ts'

/** What the arguments depend on beside the layout. */
export interface ArgumentOptions {
  readonly apiServerPort: number
  readonly auditLogPath?: string | undefined
  readonly durable: boolean
}

/** Services get addresses from here. */
const SERVICE_RANGE = '10.96.0.0/16'
/** The address of the `kubernetes` Service: the first of the range. */
export const KUBERNETES_SERVICE_ADDRESS = '10.96.0.1'
/** The one node that KWOK plays. */
export const NODE_NAME = 'tidelock-local'
/** KWOK plays the nodes that carry this annotation; a real node without it stays untouched. */
export const KWOK_NODE_ANNOTATION = 'kwok.x-k8s.io/node'

const CLIENT_SOCKET = 'unix://etcd:0'
const PEER_SOCKET = 'unix://peer:0'

/** The command line of a component, without the program. */
export function componentArguments(name: ComponentName, layout: Layout, options: ArgumentOptions): string[] {
  switch (name) {
    case 'etcd':
      return etcdArguments(layout, options)
    case 'nats-server':
      return ['--config', join(layout.configDir, 'nats.conf')]
    case 'kube-apiserver':
      return apiServerArguments(layout, options)
    case 'kube-controller-manager':
      return controllerManagerArguments(layout)
    case 'kube-scheduler':
      return schedulerArguments(layout)
    case 'kwok':
      return [
        `--config=${join(layout.configDir, 'kwok.yaml')}`,
        `--kubeconfig=${join(layout.kubeconfigDir, 'kwok')}`,
        `--manage-nodes-with-annotation-selector=${KWOK_NODE_ANNOTATION}=fake`,
        '--node-lease-duration-seconds=40',
        '--node-ip=127.0.0.1',
      ]
    default:
      return name satisfies never
  }
}

// Sockets in a folder of mode 0700 in place of ports: nobody else on the machine reaches the data, and no port can be taken.
function etcdArguments(layout: Layout, options: ArgumentOptions): string[] {
  return [
    '--name=tidelock-local',
    `--data-dir=${layout.etcdDir}`,
    `--listen-client-urls=${CLIENT_SOCKET}`,
    `--advertise-client-urls=${CLIENT_SOCKET}`,
    `--listen-peer-urls=${PEER_SOCKET}`,
    `--initial-advertise-peer-urls=${PEER_SOCKET}`,
    `--initial-cluster=tidelock-local=${PEER_SOCKET}`,
    // A lone member waits for nobody's heartbeat: short ticks only let it elect itself at once.
    '--heartbeat-interval=10',
    '--election-timeout=100',
    '--log-level=warn',
    ...(options.durable ? [] : ['--unsafe-no-fsync']),
  ]
}

function apiServerArguments(layout: Layout, options: ArgumentOptions): string[] {
  const pki = (name: string): string => join(layout.pkiDir, name)
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${options.apiServerPort}`,
    '--advertise-address=127.0.0.1',
    // The kubernetes Service cannot have a loopback endpoint: keep the reconciler from trying for ever.
    '--endpoint-reconciler-type=none',
    `--etcd-servers=${CLIENT_SOCKET}`,
    `--cert-dir=${layout.pkiDir}`,
    `--tls-cert-file=${pki('kube-apiserver.crt')}`,
    `--tls-private-key-file=${pki('kube-apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('service-account.crt')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=RBAC',
    `--authentication-config=${join(layout.configDir, 'authentication.yaml')}`,
    '--allow-privileged=true',
    '--profiling=false',
    ...(options.auditLogPath === undefined
      ? []
      : [
          `--audit-policy-file=${join(layout.configDir, 'audit-policy.yaml')}`,
          `--audit-log-path=${options.auditLogPath}`,
          // Not buffered: who counts requests must find them all, also after a kill.
          '--audit-log-mode=blocking',
          '--audit-log-maxsize=0',
        ]),
  ]
}

function controllerManagerArguments(layout: Layout): string[] {
  const pki = (name: string): string => join(layout.pkiDir, name)
  return [
    `--kubeconfig=${join(layout.kubeconfigDir, 'kube-controller-manager')}`,
    '--secure-port=0',
    '--leader-elect=false',
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--use-service-account-credentials=false',
    '--allocate-node-cidrs=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--profiling=false',
  ]
}

function schedulerArguments(layout: Layout): string[] {
  return [
    `--kubeconfig=${join(layout.kubeconfigDir, 'kube-scheduler')}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--profiling=false',
  ]
}
