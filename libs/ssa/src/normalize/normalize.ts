// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { isCrd, isSecret } from '../object/stage.ts'
import { isBuiltin } from './builtin-kinds.ts'
import { dropInvalidCaBundle } from './ca-bundle.ts'
import { dropNulls } from './nulls.ts'
import { defaultPortProtocols } from './ports.ts'
import { updateAt } from './record.ts'
import { foldStringData } from './secret.ts'

/**
 * The object as it is sent to the API server: what Flux's passage through Go types does to it as far as it can be seen on the
 * server. Built-in kinds lose nulls, get default port protocols, and Secrets their `stringData` in `data`; every object loses
 * `metadata.creationTimestamp` and, but for CustomResourceDefinitions, `status`. The given object is not changed.
 */
export function normalizeObject(object: KubeObject): KubeObject {
  const typed = isBuiltin(object) ? normalizeBuiltin(object) : object
  const bare = updateAt(typed, ['metadata', 'creationTimestamp'], () => undefined)
  if (isCrd(bare)) return dropInvalidCaBundle(bare)
  return updateAt(bare, ['status'], () => undefined)
}

function normalizeBuiltin(object: KubeObject): KubeObject {
  const whole = dropNulls(object) as KubeObject
  if (isSecret(whole)) return foldStringData(whole)
  return whole.kind === 'Job' ? withTemplateMetadata(defaultPortProtocols(whole)) : defaultPortProtocols(whole)
}

/**
 * A Go struct is never absent, so Flux owns `spec.template.metadata` of each Job. To send none would give it up with the labels that the
 * server put there, which it refuses: a Job that Flux left would fail, or with `force` be made anew.
 */
function withTemplateMetadata(job: KubeObject): KubeObject {
  const { spec } = job as { spec?: { template?: { metadata?: unknown } } }
  if (spec?.template === undefined || spec.template.metadata !== undefined) return job
  return { ...job, spec: { ...spec, template: { metadata: {}, ...spec.template } } }
}

/** Labels and annotations that are set on every object and win over its own. */
export interface CommonMetadata {
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

/** The object with the common metadata set. The given object is not changed; empty maps are not added. */
export function withCommonMetadata(object: KubeObject, common: CommonMetadata): KubeObject {
  const labels = { ...object.metadata.labels, ...common.labels }
  const annotations = { ...object.metadata.annotations, ...common.annotations }
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  }
}
