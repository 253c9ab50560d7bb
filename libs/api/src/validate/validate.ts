// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '../meta/kind.ts'
import type { Kind } from '../meta/kind.ts'
import type { Json, JsonObject } from '../meta/json.ts'
import type { Problem } from './message.ts'

type SchemaValidator = (value: Json) => readonly Problem[]

let loading: Promise<ReadonlyMap<string, SchemaValidator>> | undefined

/**
 * What is wrong with an object of one of our kinds, by the schema of its CRD; empty when nothing is. Unknown fields are
 * problems, defaults are not filled in, and CEL rules are left to the API server. A kind that is not ours, or an object
 * of another kind, is one problem. The schemas and the validator are loaded by the first call.
 */
export async function validate(kind: Kind, obj: unknown): Promise<readonly Problem[]> {
  if (typeof obj !== 'object' || obj === null || Array.isArray(obj)) {
    return [{ path: '', message: 'is not an object: write apiVersion, kind, metadata and spec' }]
  }
  loading ??= loadValidators()
  const validator = (await loading).get(idOf(kind))
  if (validator === undefined) return [{ path: 'kind', message: `${kind.kind} is not a kind of this toolkit` }]
  const value = obj as JsonObject
  const identity = identityProblems(kind, value)
  return identity.length > 0 ? identity : validator(value)
}

function identityProblems(kind: Kind, obj: JsonObject): Problem[] {
  const problems: Problem[] = []
  if (obj['apiVersion'] !== apiVersionOf(kind)) {
    problems.push({ path: 'apiVersion', message: `is ${shown(obj['apiVersion'])}: write ${apiVersionOf(kind)}` })
  }
  if (obj['kind'] !== kind.kind)
    problems.push({ path: 'kind', message: `is ${shown(obj['kind'])}: write ${kind.kind}` })
  const metadata = obj['metadata']
  const named = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
  if (!named || typeof (metadata['name'] ?? metadata['generateName']) !== 'string') {
    problems.push({ path: 'metadata.name', message: 'is required: add the field' })
  }
  return problems
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}

async function loadValidators(): Promise<ReadonlyMap<string, SchemaValidator>> {
  const [{ Ajv }, { objectSchema }, { definitions }, { closed }, { toProblem }, { isDateTime }] = await Promise.all([
    import('ajv'),
    import('../crd/crd.ts'),
    import('../crd/definitions.ts'),
    import('./closed.ts'),
    import('./message.ts'),
    import('./formats.ts'),
  ])
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strictSchema: false,
    formats: { 'date-time': isDateTime, int64: true },
    keywords: ['x-kubernetes-validations'],
  })
  return new Map(
    definitions.map((definition) => {
      const check = ajv.compile(closed(objectSchema(definition)))
      const validator: SchemaValidator = (value) =>
        check(value) ? [] : (check.errors ?? []).map((error) => toProblem(error, value))
      return [idOf(definition.kind), validator]
    }),
  )
}

function idOf(kind: Kind): string {
  return `${apiVersionOf(kind)}/${kind.kind}`
}
