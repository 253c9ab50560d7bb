// SPDX-License-Identifier: Apache-2.0
import type { ControllerAccess } from '../../../cli/src/up/access.ts'
import * as kustomize from '../../../controllers/kustomize/src/rbac.ts'
import * as notification from '../../../controllers/notification/src/rbac.ts'
import * as source from '../../../controllers/source/src/rbac.ts'

/** The namespace of an installation, Flux's own. */
export const systemNamespace = 'flux-system'

/** What is particular to a controller's Deployment. */
export interface InstalledController extends ControllerAccess {
  /** Flags beside those that all have. */
  readonly flags: readonly string[]
  /** Directories that it writes to, each an emptyDir: volume name to path. */
  readonly volumes: Readonly<Record<string, string>>
  /** Its Services, each on port 80: Service name to the container's port. Absent: none. */
  readonly services?: Readonly<Record<string, { readonly portName: string; readonly port: number }>>
  /** Where the readiness probe asks: the probes' own port, or that of the Service. */
  readonly readiness: { readonly port: string; readonly path: string }
  readonly requests: { readonly cpu: string; readonly memory: string }
  /** Time in which a run that was begun may end, in seconds. */
  readonly graceSeconds: number
  /** Recreate where two instances must not stand beside each other. Absent: the default, RollingUpdate. */
  readonly strategy?: 'Recreate'
}

const eventsFlag = '--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./'

/** Every controller of an installation; figures as Flux has them, but memory, of which Node needs more. */
export const installedControllers: readonly InstalledController[] = [
  {
    fullName: 'source-controller',
    ...source,
    flags: [
      eventsFlag,
      '--storage-path=/data',
      '--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.',
    ],
    volumes: { data: '/data', tmp: '/tmp' },
    services: { 'source-controller': { portName: 'http', port: 9090 } },
    // only the leader serves artifacts: the Service must lead to no other instance
    readiness: { port: 'http', path: '/' },
    requests: { cpu: '50m', memory: '128Mi' },
    graceSeconds: 10,
    strategy: 'Recreate',
  },
  {
    fullName: 'kustomize-controller',
    ...kustomize,
    flags: [eventsFlag],
    volumes: { temp: '/tmp' },
    readiness: { port: 'healthz', path: '/readyz' },
    requests: { cpu: '100m', memory: '128Mi' },
    graceSeconds: 60,
  },
  {
    fullName: 'notification-controller',
    ...notification,
    flags: [],
    volumes: { temp: '/tmp' },
    services: {
      'notification-controller': { portName: 'http', port: 9090 },
      'webhook-receiver': { portName: 'http-webhook', port: 9292 },
    },
    readiness: { port: 'healthz', path: '/readyz' },
    requests: { cpu: '100m', memory: '128Mi' },
    graceSeconds: 10,
  },
]
