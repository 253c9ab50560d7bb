// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { KubeObject, Kustomization, KustomizationSpec } from '@tidelock/api'
import { CelError } from '@tidelock/cel'
import type { Program } from '@tidelock/cel'
import { statusOf } from '@tidelock/status'
import type { Status, StatusResult } from '@tidelock/status'
import type { Allowances } from './allowances.ts'

type CustomHealthCheck = NonNullable<KustomizationSpec['healthCheckExprs']>[number]

/** How health is told for one Kustomization. */
export interface HealthRules {
  /** Whether expressions judge objects of the kind. */
  readonly covers: (ref: { readonly apiVersion: string; readonly kind: string }) => boolean
  /** The status of an object: by its expressions, else by what is built in. Throws when an expression cannot be evaluated. */
  readonly statusOf: (object: KubeObject) => StatusResult
}

/** Compiles an expression, at the cost of its namespace. */
type Compile = (expression: string) => Program

/** Evaluates an expression on an object, within what its namespace may spend. */
type Evaluate = (program: Program, object: KubeObject) => boolean

/** Health without expressions. */
export const builtInRules: HealthRules = { covers: () => false, statusOf }

type Phase = 'inProgress' | 'failed' | 'current'

/** The order decides (RFC 0009 of Flux): what is in progress is neither failed nor current. */
const phases: readonly (readonly [Phase, Status])[] = [
  ['inProgress', 'InProgress'],
  ['failed', 'Failed'],
  ['current', 'Current'],
]

type Rule = readonly (readonly [Status, Program])[]

/**
 * The rules of `spec.healthCheckExprs`. An entry covers the group of its `apiVersion`, or one kind of it, which goes before the group.
 * Jobs are always judged by what is built in, as Flux does. Throws CelError `InvalidExpression`, naming the entry, for an expression that
 * is no CEL, a `current` that is empty, and two entries for the same; `CostExceeded` while the namespace may spend nothing.
 */
export function compileHealthRules(
  { spec: { healthCheckExprs: entries = [] }, metadata }: Pick<Kustomization, 'spec' | 'metadata'>,
  allowances: Allowances,
): HealthRules {
  if (entries.length === 0) return builtInRules
  const { namespace = '' } = metadata
  const compile: Compile = (expression) => allowances.compile(namespace, expression)
  const rules = new Map<string, Rule>()
  entries.forEach((entry, i) => {
    const { group } = parseApiVersion(entry.apiVersion)
    const id = ruleId(group, entry.kind)
    if (rules.has(id)) {
      const subject = group === '' ? (entry.kind ?? '') : `${entry.kind ?? ''}.${group}`
      throw invalid(`duplicate custom health check for GroupKind ${subject} at healthchecks[${i}]`)
    }
    rules.set(id, compileRule(entry, i, compile))
  })
  const find = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Rule | undefined => {
    const { group } = parseApiVersion(apiVersion)
    if (group === 'batch' && kind === 'Job') return undefined
    return rules.get(ruleId(group, kind)) ?? rules.get(ruleId(group, undefined))
  }
  const evaluate: Evaluate = (program, object) => allowances.evaluate(namespace, program, object)
  // an object that did not change is judged again every few seconds, and expressions know no time
  const judged = new WeakMap<KubeObject, StatusResult>()
  return {
    covers: (ref) => find(ref) !== undefined,
    statusOf: (object) => {
      const rule = find(object)
      if (rule === undefined) return statusOf(object)
      const result = judged.get(object) ?? judge(object, rule, evaluate)
      judged.set(object, result)
      return result
    },
  }
}

function ruleId(group: string, kind: string | undefined): string {
  return `${group}/${kind ?? ''}`
}

function compileRule(entry: CustomHealthCheck, index: number, compile: Compile): Rule {
  if (entry.current === '') throw invalid(`${failedToCreate(index)}: expression Current not specified`)
  return phases.flatMap(([phase, status]) => {
    const expression = entry[phase] ?? ''
    return expression === '' ? [] : [[status, compilePhase(expression, { phase, index, compile })] as const]
  })
}

function compilePhase(
  expression: string,
  { phase, index, compile }: { readonly phase: Phase; readonly index: number; readonly compile: Compile },
): Program {
  try {
    return compile(expression)
  } catch (error) {
    if (!(error instanceof CelError) || error.code !== 'InvalidExpression') throw error
    const name = phase.charAt(0).toUpperCase() + phase.slice(1)
    throw invalid(`${failedToCreate(index)}: failed to parse the expression ${name}: ${error.message}`)
  }
}

function failedToCreate(index: number): string {
  return `failed to create custom status evaluator for healthchecks[${index}]`
}

function invalid(message: string): CelError {
  return new CelError('InvalidExpression', message)
}

function judge(object: KubeObject, rule: Rule, evaluate: Evaluate): StatusResult {
  const { generation } = object.metadata
  const observed = (object['status'] as { readonly observedGeneration?: unknown } | undefined)?.observedGeneration
  if (Number.isInteger(observed) && generation !== undefined && observed !== generation) {
    return { status: 'InProgress', message: `observed generation ${Number(observed)} of ${generation}` }
  }
  for (const [status, program] of rule) {
    if (evaluate(program, object)) return { status, message: `expression: ${program.expression}` }
  }
  return { status: 'InProgress', message: 'none of the health check expressions holds' }
}
