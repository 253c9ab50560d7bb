// SPDX-License-Identifier: Apache-2.0
import type { ClusterTarget } from './target.ts'

/** Where to look for a cluster. Order: `kubeconfig`, KUBECONFIG, the pod's service account, `~/.kube/config`. */
export interface LoadTargetOptions {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** Uses the pod's service account and nothing else. */
  readonly inCluster?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}
export declare function loadTarget(options: LoadTargetOptions): Promise<ClusterTarget>
