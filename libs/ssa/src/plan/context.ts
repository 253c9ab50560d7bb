// SPDX-License-Identifier: Apache-2.0
import type { Clock, KubeObject } from '@tidelock/api'
import type { KubeClient, KubeLog } from '@tidelock/kube'
import type { ManagerRule } from '../fields/takeover.ts'
import type { ObservedMetadata } from '../model/change-set.ts'
import type { Owner } from '../model/owner.ts'
import type { WriteObserver } from './options.ts'

/** What every step of a run needs; made once per resource manager. */
export interface ApplyContext {
  readonly client: KubeClient
  readonly owner: Owner
  readonly clock: Clock
  readonly concurrency: number
  readonly customStageKinds: ReadonlySet<string>
  readonly rules: readonly ManagerRule[]
  readonly migrateApiVersion: boolean
  readonly observer: WriteObserver | undefined
  readonly log: KubeLog
}

/** The part of an object's metadata that change sets report. */
export function observedOf(object: KubeObject): ObservedMetadata {
  const { uid = '', resourceVersion = '', labels = {}, annotations = {}, managedFields = [] } = object.metadata
  return { uid, resourceVersion, labels, annotations, managedFields }
}
