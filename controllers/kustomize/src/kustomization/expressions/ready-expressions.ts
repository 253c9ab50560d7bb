// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'
import { compile } from '@tidelock/cel'
import type { EvaluateOptions, Program } from '@tidelock/cel'

/** So many expressions stay compiled; the one that was not used for longest goes. */
const capacity = 1000

/** The expressions that say when a dependency is ready (`spec.dependsOn[].readyExpr`), compiled once each. */
export class ReadyExpressions {
  /** In the order of use, the latest last. */
  readonly #programs = new Map<string, Program>()

  /**
   * Whether the expression holds, with the dependent as `self` and its dependency as `dep`. Throws CelError: `InvalidExpression` when
   * it does not compile, any other code when it cannot be evaluated on these objects.
   */
  holds(expression: string, self: Kustomization, dep: Kustomization, options?: EvaluateOptions): boolean {
    return this.#program(expression).evaluateBoolean({ self, dep }, options)
  }

  #program(expression: string): Program {
    const program = this.#programs.get(expression) ?? compile(expression, { variables: ['self', 'dep'] })
    this.#programs.delete(expression)
    this.#programs.set(expression, program)
    const [oldest] = this.#programs.keys()
    if (this.#programs.size > capacity && oldest !== undefined) this.#programs.delete(oldest)
    return program
  }
}
