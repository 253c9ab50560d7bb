// SPDX-License-Identifier: Apache-2.0
import type { ControllerAccess } from '../../../cli/src/up/access.ts'
import * as kustomize from '../../../controllers/kustomize/src/rbac.ts'
import * as source from '../../../controllers/source/src/rbac.ts'

/** The namespace of an installation, Flux's own. */
export const systemNamespace = 'flux-system'

/** What is particular to a controller's Deployment. */
export interface InstalledController extends ControllerAccess {
  /** Flags beside those that all have. */
  readonly flags: readonly string[]
  /** Directories that it writes to, each an emptyDir: volume name to path. */
  readonly volumes: Readonly<Record<string, string>>
  /** Container port that its Service leads to. Absent: no Service. */
  readonly servicePort?: number
  /** Where the readiness probe asks: the probes' own port, or that of the Service. */
  readonly readiness: { readonly port: string; readonly path: string }
  readonly requests: { readonly cpu: string; readonly memory: string }
  /** Time in which a run that was begun may end, in seconds. */
  readonly graceSeconds: number
  /** Recreate where two instances must not stand beside each other. Absent: the default, RollingUpdate. */
  readonly strategy?: 'Recreate'
}

/** Every controller of an installation; figures as Flux has them, but memory, of which Node needs more. */
export const installedControllers: readonly InstalledController[] = [
  {
    fullName: 'source-controller',
    ...source,
    flags: ['--storage-path=/data', '--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.'],
    volumes: { data: '/data', tmp: '/tmp' },
    servicePort: 9090,
    // only the leader serves artifacts: the Service must lead to no other instance
    readiness: { port: 'http', path: '/' },
    requests: { cpu: '50m', memory: '128Mi' },
    graceSeconds: 10,
    strategy: 'Recreate',
  },
  {
    fullName: 'kustomize-controller',
    ...kustomize,
    flags: [],
    volumes: { temp: '/tmp' },
    readiness: { port: 'healthz', path: '/readyz' },
    requests: { cpu: '100m', memory: '128Mi' },
    graceSeconds: 60,
  },
]
