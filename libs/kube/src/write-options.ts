// SPDX-License-Identifier: Apache-2.0
import type { PatchOptions, WriteOptions } from './client-options.ts'
import type { Query } from './request-paths.ts'
import type { Repeatability } from './retry.ts'

/** Content type of each form of patch. Apply takes YAML, and JSON is YAML. */
export const patchContentTypes: Readonly<Record<PatchOptions['type'], string>> = {
  apply: 'application/apply-patch+yaml',
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

/** Query parameters of a write. */
export function writeQuery(options: WriteOptions): Query {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? 'All' : undefined,
    fieldValidation: options.fieldValidation,
  }
}

/** Query parameters of a patch. */
export function patchQuery(options: PatchOptions): Query {
  return { ...writeQuery(options), force: options.type === 'apply' && options.force === true ? true : undefined }
}

/** Apply states a whole and may be repeated; other patches only where a resourceVersion (or a test of it) makes the second one fail. */
export function patchRepeatability({ type, body, dryRun }: PatchOptions): Repeatability {
  if (type === 'apply' || dryRun === true) return 'idempotent'
  return (type === 'json' ? testsVersion(body) : namesVersion(body)) ? 'idempotent' : 'once'
}

function namesVersion(body: unknown): boolean {
  const { metadata } = body as { metadata?: { resourceVersion?: unknown } | null }
  return typeof metadata?.resourceVersion === 'string' && metadata.resourceVersion !== ''
}

function testsVersion(body: unknown): boolean {
  if (!Array.isArray(body)) return false
  return (body as { op?: unknown; path?: unknown }[]).some(
    ({ op, path }) => op === 'test' && path === '/metadata/resourceVersion',
  )
}
