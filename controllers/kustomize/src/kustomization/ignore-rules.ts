// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion, parseLabelSelector } from '@tidelock/api'
import type { Kustomization, KubeObject } from '@tidelock/api'
import { compilePattern } from '@tidelock/cel'
import { CodedError, errorMessage } from '@tidelock/errors'
import { ignoredPaths } from '@tidelock/ssa'
import type { IgnoreRule } from '@tidelock/ssa'

type Rules = NonNullable<Kustomization['spec']['ignore']>
type Target = NonNullable<Rules[number]['target']>
type Test = (object: KubeObject) => boolean

const expressions = ['group', 'version', 'kind', 'name', 'namespace'] as const
const values: Readonly<Record<(typeof expressions)[number], (object: KubeObject) => string>> = {
  group: ({ apiVersion }) => parseApiVersion(apiVersion).group,
  version: ({ apiVersion }) => parseApiVersion(apiVersion).version,
  kind: ({ kind }) => kind,
  name: ({ metadata }) => metadata.name,
  namespace: ({ metadata }) => metadata.namespace ?? '',
}

/**
 * The rules of `spec.ignore` with their selectors compiled (fluxcd/pkg jsondiff: RE2 expressions that must match the whole value, an
 * empty one matches all). They are bounded in size: all tenants share the thread that compiles them. Throws `InvalidIgnoreRule`, naming field and fault.
 */
export function compileIgnoreRules({ spec }: Pick<Kustomization, 'spec'>): readonly IgnoreRule[] {
  const budget = { left: maxCost }
  return (spec.ignore ?? []).map(({ paths, target }, index) => {
    // no object is needed to say that a pointer is none
    ignoredPaths([{ paths }], nothing)
    const tests = target === undefined ? [] : compileTarget(target, `spec.ignore[${index}].target`, budget)
    return tests.length === 0 ? { paths } : { paths, matches: (object) => tests.every((test) => test(object)) }
  })
}

/** About a quarter of a second. */
const maxCost = 1_500_000

const nothing: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } }

function compileTarget(target: Target, field: string, budget: { left: number }): Test[] {
  const spend = (cost: number): void => {
    budget.left -= cost
    if (budget.left < 0) throw new Error('the regular expressions of all rules are too large together')
  }
  const tests = expressions.flatMap((name): Test[] => {
    const expression = target[name] ?? ''
    if (expression === '') return []
    const pattern = compile(`${field}.${name}`, () => compilePattern(`^(?:${expression})$`, spend), `${name} regex`)
    return [(object) => pattern.matches(values[name](object))]
  })
  for (const [name, of] of [
    ['labelSelector', 'labels'],
    ['annotationSelector', 'annotations'],
  ] as const) {
    const text = target[name] ?? ''
    if (text === '') continue
    const selects = compile(`${field}.${name}`, () => parseLabelSelector(text), `${of.slice(0, -1)} selector`)
    tests.push(({ metadata }) => selects(metadata[of]))
  }
  return tests
}

function compile<V>(field: string, make: () => V, what: string): V {
  try {
    return make()
  } catch (cause) {
    const message = `failed to create ignore rule selector: invalid ${what} in ${field}: ${errorMessage(cause)}`
    throw new CodedError('InvalidIgnoreRule', message, { cause })
  }
}
