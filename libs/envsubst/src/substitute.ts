// SPDX-License-Identifier: Apache-2.0
import { Budget } from './budget.ts'
import type { ByteText } from './bytes.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { SubstitutionError } from './errors.ts'
import { operatorOf, suppliesDefault } from './operators.ts'
import { parse, placeOf } from './parse.ts'
import type { CallNode, Node } from './syntax.ts'

/** The value of a variable, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/** How a text is substituted. */
export interface SubstituteOptions {
  /** Whether a variable that is not set and has no default is an error rather than empty. Default false. */
  readonly strict?: boolean
  /** Bytes that the result, or any part of it on the way, may have. Default 16 MiB. */
  readonly maxOutputBytes?: number
}

const defaultMaxOutputBytes = 16 * 1024 * 1024
/** About a second of work. Only patterns with `*`, `?` or `[` over long values come near. */
const maxPatternSteps = 50_000_000

/**
 * Replaces every `${…}` in a text by Flux's dialect (fluxcd/pkg envsubst). `$NAME` stays, `$${x}` becomes `${x}`.
 * Throws `SubstitutionError`; its message opens with the words that Flux uses and never holds a value.
 */
export function substitute(text: string, lookup: Lookup, options: SubstituteOptions = {}): string {
  const source = toBytes(text)
  const nodes = parse(source)
  const budget = new Budget(options.maxOutputBytes ?? defaultMaxOutputBytes, maxPatternSteps)
  const result = fromBytes(new Evaluation(source, lookup, options.strict ?? false, budget).evaluate(nodes))
  if (result === undefined) {
    throw new SubstitutionError('InvalidText', 'the result is not valid UTF-8: a substring cuts a character in two')
  }
  return result
}

class Evaluation {
  readonly #source: ByteText
  readonly #lookup: Lookup
  readonly #strict: boolean
  readonly #budget: Budget

  constructor(source: ByteText, lookup: Lookup, strict: boolean, budget: Budget) {
    this.#source = source
    this.#lookup = lookup
    this.#strict = strict
    this.#budget = budget
  }

  evaluate(nodes: readonly Node[]): ByteText {
    const parts: ByteText[] = []
    let length = 0
    for (const node of nodes) {
      const part = node.kind === 'text' ? node.value : this.#call(node)
      length += part.length
      this.#budget.reserve(length)
      parts.push(part)
    }
    return parts.join('')
  }

  #call(node: CallNode): ByteText {
    // arguments come first: in strict mode a missing variable in a default counts even when the default is not needed
    const args = node.args.map((arg) => this.evaluate([arg]))
    const name = fromBytes(node.variable) ?? ''
    const value = this.#lookup(name)
    if (value === undefined && this.#strict && !suppliesDefault(node.operator)) {
      throw new SubstitutionError('VariableNotSet', `variable not set (strict mode): "${name}"`, {
        details: { variable: name, place: placeOf(this.#source, node.at) },
      })
    }
    return operatorOf(node.operator)(toBytes(value ?? ''), args, this.#budget)
  }
}
