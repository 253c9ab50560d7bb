// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { KubeObject, KustomizationSpec } from '@tidelock/api'
import { CelError, compile } from '@tidelock/cel'
import type { Program } from '@tidelock/cel'
import { statusOf } from '@tidelock/status'
import type { Status, StatusResult } from '@tidelock/status'

type CustomHealthCheck = NonNullable<KustomizationSpec['healthCheckExprs']>[number]

/** How health is told for one Kustomization. */
export interface HealthRules {
  /** Whether expressions judge objects of the kind. */
  readonly covers: (ref: { readonly apiVersion: string; readonly kind: string }) => boolean
  /** The status of an object: by its expressions, else by what is built in. Throws when an expression cannot be evaluated. */
  readonly statusOf: (object: KubeObject) => StatusResult
}

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
 * is no CEL, a `current` that is empty, and two entries for the same.
 */
export function compileHealthRules(entries: readonly CustomHealthCheck[] = []): HealthRules {
  if (entries.length === 0) return builtInRules
  const rules = new Map<string, Rule>()
  entries.forEach((entry, i) => {
    const { group } = parseApiVersion(entry.apiVersion)
    const id = ruleId(group, entry.kind)
    if (rules.has(id)) {
      const subject = group === '' ? (entry.kind ?? '') : `${entry.kind ?? ''}.${group}`
      throw invalid(`duplicate custom health check for GroupKind ${subject} at healthchecks[${i}]`)
    }
    rules.set(id, compileRule(entry, i))
  })
  const find = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Rule | undefined => {
    const { group } = parseApiVersion(apiVersion)
    if (group === 'batch' && kind === 'Job') return undefined
    return rules.get(ruleId(group, kind)) ?? rules.get(ruleId(group, undefined))
  }
  return {
    covers: (ref) => find(ref) !== undefined,
    statusOf: (object) => {
      const rule = find(object)
      return rule === undefined ? statusOf(object) : judge(object, rule)
    },
  }
}

function ruleId(group: string, kind: string | undefined): string {
  return `${group}/${kind ?? ''}`
}

function compileRule(entry: CustomHealthCheck, index: number): Rule {
  if (entry.current === '') throw invalid(`${failedToCreate(index)}: expression Current not specified`)
  return phases.flatMap(([phase, status]) => {
    const expression = entry[phase] ?? ''
    return expression === '' ? [] : [[status, compilePhase(expression, phase, index)] as const]
  })
}

function compilePhase(expression: string, phase: Phase, index: number): Program {
  try {
    return compile(expression)
  } catch (error) {
    if (!(error instanceof CelError)) throw error
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

function judge(object: KubeObject, rule: Rule): StatusResult {
  const { generation } = object.metadata
  const observed = (object['status'] as { readonly observedGeneration?: unknown } | undefined)?.observedGeneration
  if (Number.isInteger(observed) && generation !== undefined && observed !== generation) {
    return { status: 'InProgress', message: `observed generation ${Number(observed)} of ${generation}` }
  }
  for (const [status, program] of rule) {
    if (program.evaluateBoolean(object)) return { status, message: `expression: ${program.expression}` }
  }
  return { status: 'InProgress', message: 'none of the health check expressions holds' }
}
