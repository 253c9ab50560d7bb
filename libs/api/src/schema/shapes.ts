// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { conditionSchema } from './condition.ts'
import { int64, list, text, stringMap, time } from './fields.ts'
import { digestRule, intervalRule, timeoutRule } from './patterns.ts'

/** A span of time that may have hours. */
export const interval = (description: string) => text(description, { pattern: intervalRule.pattern })

/** A limit for remote operations: no hours, as Flux has it. */
export const timeout = (description: string, options: { default?: string } = {}) =>
  text(description, { pattern: timeoutRule.pattern, ...options })

/** A reference by name within the namespace of the object. */
export const localReference = (description: string) =>
  Type.Object({ name: text('Name of the referent.') }, { description })

/** Fields that every status of a reconciled kind has. */
export const commonStatus = {
  conditions: Type.Optional(list('The states of the object, for people and tools.', conditionSchema)),
  lastHandledReconcileAt: Type.Optional(
    text('The value of the annotation reconcile.fluxcd.io/requestedAt that was last acted on.'),
  ),
  observedGeneration: Type.Optional(int64('The last generation that was fully processed.')),
}

/** The stored result of a source. */
export const artifact = (description: string) =>
  Type.Object(
    {
      digest: text('Digest of the file, as algorithm:checksum.', {
        pattern: digestRule.pattern,
      }),
      lastUpdateTime: time('When the file was written.'),
      metadata: Type.Optional(stringMap('Facts from upstream, such as the annotations of an OCI manifest.')),
      path: text('Path of the file below the root of the storage.'),
      revision: text('What the content was made from, traceable at its origin.'),
      size: Type.Optional(int64('Size of the file in bytes.')),
      url: text('HTTP address that the file can be fetched from.'),
    },
    { description },
  )

/** Reference to a local Secret, ConfigMap or other object. */
export interface LocalObjectReference extends Static<ReturnType<typeof localReference>> {}

/** A file in the artifact storage. */
export interface Artifact extends Static<ReturnType<typeof artifact>> {}
