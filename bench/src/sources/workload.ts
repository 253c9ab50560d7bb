// SPDX-License-Identifier: Apache-2.0
import type { Kind, KubeObject } from '@tidelock/api'

/** Sources of one kind on a server of their own, in this process: nothing of it is in the figures. */
export interface SourceWorkload extends AsyncDisposable {
  readonly kind: Kind
  /** The objects, named one by one. */
  readonly objects: readonly KubeObject[]
  /** Requests that the server had so far. */
  readonly requests: () => number
  /** Gives the first of the objects something new and answers the revision that its artifact will have. */
  change(version: number): Promise<string>
}

/** What every workload is told. */
export interface WorkloadOptions {
  readonly count: number
  /** An empty directory. */
  readonly directory: string
  readonly namespace: string
  /** Of each object, as in its spec. */
  readonly interval: string
}
