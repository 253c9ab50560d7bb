// SPDX-License-Identifier: Apache-2.0
import type { BuiltObject, Json } from './build.ts'
import { KustomizeError } from './errors.ts'

/** Throws `BuildFailed` when two objects have the same kind, namespace and name. No namespace is `default`, as for Kustomize. */
export function assertDistinct(objects: readonly BuiltObject[]): void {
  const seen = new Set<string>()
  for (const { object } of objects) {
    const metadata = fieldsOf(object['metadata'])
    const namespace = text(metadata['namespace']) || 'default'
    const identity = [text(object['apiVersion']), text(object['kind']), namespace, text(metadata['name'])]
    const key = JSON.stringify(identity)
    if (seen.has(key)) {
      const [, kind, , name] = identity
      throw new KustomizeError(
        'BuildFailed',
        `${kind}/${namespace}/${name} stands twice among the objects after substitution: give the objects different names`,
      )
    }
    seen.add(key)
  }
}

function fieldsOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
