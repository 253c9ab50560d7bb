// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'
import type { Program } from '@tidelock/cel'
import type { Allowances } from './allowances.ts'

/** So many expressions stay compiled; the one that was not used for longest goes. */
const capacity = 1000

/** The expressions that say when a dependency is ready (`spec.dependsOn[].readyExpr`), compiled once each. */
export class ReadyExpressions {
  /** In the order of use, the latest last. */
  readonly #programs = new Map<string, Program>()
  readonly #allowances: Allowances

  constructor(allowances: Allowances) {
    this.#allowances = allowances
  }

  /**
   * Whether the expression holds, with the dependent as `self` and its dependency as `dep`. Throws CelError: `InvalidExpression` when
   * it does not compile, any other code when it cannot be evaluated on these objects.
   */
  holds(expression: string, self: Kustomization, dep: Kustomization, costLimit?: number): boolean {
    const namespace = self.metadata.namespace ?? ''
    return this.#allowances.evaluate(namespace, this.#program(namespace, expression), { self, dep }, costLimit)
  }

  #program(namespace: string, expression: string): Program {
    const variables = ['self', 'dep']
    const program = this.#programs.get(expression) ?? this.#allowances.compile(namespace, expression, { variables })
    this.#programs.delete(expression)
    this.#programs.set(expression, program)
    const [oldest] = this.#programs.keys()
    if (this.#programs.size > capacity && oldest !== undefined) this.#programs.delete(oldest)
    return program
  }
}
