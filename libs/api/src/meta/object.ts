// SPDX-License-Identifier: Apache-2.0
import type { Condition } from '../schema/condition.ts'

/** One field manager's entry in `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager?: string
  operation?: 'Apply' | 'Update'
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: Record<string, unknown>
  subresource?: string
}

/** A reference from a dependent object to its owner. */
export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** The standard metadata of a Kubernetes object, as plain JSON (times are RFC 3339 strings). */
export interface ObjectMeta {
  name: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFieldsEntry[]
}

/** Any Kubernetes object, as the API server sent it. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [key: string]: unknown
}

/** What the status of every kind of ours may hold. */
export interface CommonStatus {
  conditions?: Condition[]
  observedGeneration?: number
  lastHandledReconcileAt?: string
}

/** An object of one of the toolkit's own kinds. */
export interface ApiObject extends KubeObject {
  spec?: unknown
  status?: CommonStatus
}

/** The part of an object that the condition functions read and write. */
export interface ConditionHolder {
  metadata: { generation?: number }
  status?: { conditions?: Condition[] }
}

/** A reference to an object as Kubernetes events and Flux events carry it. */
export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
  resourceVersion?: string
  fieldPath?: string
}
