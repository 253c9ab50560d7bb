// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, formatDurationNanos, parseDurationNanos } from '@tidelock/api'
import type { Json, JsonObject, ObjectMeta } from '@tidelock/api'
import type { CommandKind } from '../kinds/kind.ts'
import type { Listed } from '../kinds/listed.ts'

const durations: ReadonlySet<string> = new Set(['interval', 'timeout', 'retryInterval'])
/** Fields that hold a map: an empty one is nothing, where an empty object of other fields may say something. */
const maps: ReadonlySet<string> = new Set(['eventMetadata'])

/** What belongs into Git of an object: no status, no traces of the cluster, and fields as flux writes them. */
export function toExported(kind: CommandKind, { metadata, spec }: Pick<Listed, 'metadata' | 'spec'>): JsonObject {
  return {
    ...{ apiVersion: apiVersionOf(kind.kind), kind: kind.kind.kind, metadata: exportedMetadata(metadata) },
    spec: exportedSpec((spec ?? {}) as JsonObject, kind.alwaysWritten),
  }
}

/** The same of a Secret. */
export function toExportedSecret({ metadata, ...secret }: Listed): JsonObject {
  const { name, namespace } = metadata
  const { data, type } = secret as { data?: Json; type?: Json }
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
    ...(data === undefined ? {} : { data }),
    ...(type === undefined ? {} : { type }),
  }
}

function exportedMetadata({ name, namespace, labels, annotations }: ObjectMeta): JsonObject {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
}

function exportedSpec(spec: JsonObject, alwaysWritten: readonly string[]): JsonObject {
  const entries = Object.entries(spec)
    .filter(([field, value]) => alwaysWritten.includes(field) || !(isNothing(value) || isEmptyMap(field, value)))
    .map(([field, value]): [string, Json] => [field, durations.has(field) ? normalised(value) : withoutFalse(value)])
  return Object.fromEntries(entries)
}

/** What Go's `omitempty` leaves out. */
function isNothing(value: Json): boolean {
  return (
    value === false || value === '' || value === 0 || value === null || (Array.isArray(value) && value.length === 0)
  )
}

function isEmptyMap(field: string, value: Json): boolean {
  return maps.has(field) && typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** Below the spec every boolean is optional. */
function withoutFalse(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutFalse)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== false)
  return Object.fromEntries(entries.map(([field, each]) => [field, withoutFalse(each)]))
}

/** `1h` as Go writes it: `1h0m0s`. */
function normalised(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return formatDurationNanos(parseDurationNanos(value))
  } catch {
    return value
  }
}
