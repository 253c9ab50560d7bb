// SPDX-License-Identifier: Apache-2.0
import type { TSchema } from 'typebox'
import type { Kind } from '../meta/kind.ts'

/** A column that `kubectl get` prints. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date' | 'integer' | 'boolean' | 'number'
  readonly jsonPath: string
}

/** All that is declared about one kind; its CRD, validator and documentation are made from this. */
export interface KindDefinition {
  readonly kind: Kind
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly columns: readonly PrinterColumn[]
  readonly description: string
  readonly spec: TSchema
  /** Absent: the kind has no status, and no subresource for it. */
  readonly status?: TSchema
  /** What the API server puts into `status` when an object is created without one. */
  readonly statusDefault?: Readonly<Record<string, unknown>>
}

/** The age of the object. */
export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** Whether the object is ready. */
export const readyColumn: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
}

/** Why the object is, or is not, ready. */
export const statusColumn: PrinterColumn = {
  name: 'Status',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
}

/** Status of an object that no controller has seen yet. */
export const unobserved: Readonly<Record<string, unknown>> = { observedGeneration: -1 }
