// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, Receiver } from '@tidelock/api'
import { compile } from '@tidelock/cel'
import type { Program } from '@tidelock/cel'
import { errorMessage } from '@tidelock/errors'
import { NotificationError } from '../errors.ts'

/** What filters look at beside the object. */
export interface FilterInput {
  readonly req: Readonly<Record<string, unknown>>
  /** Of a verified token; undefined for types without. */
  readonly claims: Readonly<Record<string, unknown>> | undefined
}

/** For each of `spec.resources`, in order: whether an object passes. Throws CelError where an expression cannot be evaluated. */
export type Filter = (object: KubeObject, input: FilterInput) => boolean

/** Compiles the filters of a Receiver. Throws `InvalidConfig` naming the expression that is wrong. */
export function compileFilters({ spec }: Receiver): readonly Filter[] {
  const variables = spec.type === 'generic-oidc' ? ['res', 'req', 'claims'] : ['res', 'req']
  const compileOne = (expression: string | undefined, where: string): Program | undefined => {
    if (expression === undefined || expression === '') return undefined
    try {
      return compile(expression, { variables })
    } catch (error) {
      throw new NotificationError('InvalidConfig', `${where}: ${errorMessage(error)}`)
    }
  }
  const all = compileOne(spec.resourceFilter, 'invalid resourceFilter expression')
  return spec.resources.map(({ filter, kind, name }, index) => {
    const where = `invalid filter expression for resources[${index}] (kind="${kind}", name="${name}")`
    const programs = [all, compileOne(filter, where)].filter((program) => program !== undefined)
    return (res, { req, claims }) =>
      programs.every((program) => program.evaluateBoolean({ res, req, ...(claims === undefined ? {} : { claims }) }))
  })
}
