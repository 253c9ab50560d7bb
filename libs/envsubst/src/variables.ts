// SPDX-License-Identifier: Apache-2.0
import { SubstitutionError } from './errors.ts'
import type { SubstituteOptions } from './substitute.ts'
import { substitute } from './substitute.ts'

const namePattern = '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
const name = /^[_A-Za-z][_A-Za-z0-9]*$/

/** A value as Flux keeps it, from a ConfigMap, a Secret or the spec: without its newlines. */
export function normaliseValue(value: string): string {
  return value.replaceAll('\n', '')
}

/**
 * Substitutes with a set of variables as the Kustomization API has it: one bad name among them fails the whole, and errors
 * read as Flux's. Values are taken as they are: see `normaliseValue`. Throws `SubstitutionError`.
 */
export function substituteVariables(
  text: string,
  variables: ReadonlyMap<string, string>,
  options: SubstituteOptions = {},
): string {
  for (const each of variables.keys()) {
    if (name.test(each)) continue
    throw new SubstitutionError('InvalidName', `'${each}' var name is invalid, must match '${namePattern}'`)
  }
  try {
    return substitute(text, (each) => variables.get(each), options)
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    const { code, message, details } = error
    throw new SubstitutionError(code, `variable substitution failed: ${message}`, { details })
  }
}
