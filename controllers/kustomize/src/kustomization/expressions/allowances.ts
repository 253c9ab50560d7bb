// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { CelError, compile } from '@tidelock/cel'
import type { CompileOptions, Program } from '@tidelock/cel'

/** What one evaluation may cost: the default of the library. */
const evaluationLimit = 500_000

/** What a namespace may spend at once, a quarter of a second to a second, and what comes back in a second, a few hundredths of one. */
const capacity = 5_000_000
const perSecond = 250_000

interface Allowance {
  left: number
  atMs: number
}

/**
 * How much the expressions of each namespace may still cost. They run on the thread that all share: each evaluation is bounded, and this
 * bounds many of them, so that a tenant with a thousand objects and an expression that never ends slows its own down and nobody else's.
 */
export class Allowances {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** Namespaces that have spent something which has not come back yet. */
  readonly #spent = new Map<string, Allowance>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Evaluates within what the namespace has left. Throws CelError, `CostExceeded` also when that is nothing. */
  evaluate(
    namespace: string,
    program: Program,
    bindings: Readonly<Record<string, unknown>>,
    limit: number = evaluationLimit,
  ): boolean {
    const { left, take } = this.#open(namespace)
    return program.evaluateBoolean(bindings, { costLimit: Math.min(limit, Math.floor(left)), onCost: take })
  }

  /** Compiles at the cost of the namespace. Throws CelError: `InvalidExpression`, or `CostExceeded` when there is nothing left to begin with. */
  compile(namespace: string, expression: string, options: Pick<CompileOptions, 'variables'> = {}): Program {
    return compile(expression, { ...options, onCost: this.#open(namespace).take })
  }

  #open(namespace: string): { readonly left: number; readonly take: (cost: number) => void } {
    const allowance = this.#of(namespace)
    if (allowance.left <= 0) {
      const message = `the expressions of namespace ${namespace} have used up what they may cost for now`
      throw new CelError('CostExceeded', message)
    }
    const take = (cost: number): void => {
      allowance.left -= cost
      this.#spent.set(namespace, allowance)
    }
    return { left: allowance.left, take }
  }

  #of(namespace: string): Allowance {
    const nowMs = this.#clock.monotonic()
    const allowance = this.#spent.get(namespace) ?? { left: capacity, atMs: nowMs }
    allowance.left += ((nowMs - allowance.atMs) / 1000) * perSecond
    allowance.atMs = nowMs
    if (allowance.left >= capacity) {
      allowance.left = capacity
      this.#spent.delete(namespace)
    }
    return allowance
  }
}
