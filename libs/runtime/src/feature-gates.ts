// SPDX-License-Identifier: Apache-2.0
import { RuntimeError } from './errors.ts'

/** A gate that a controller knows. */
export interface FeatureGate {
  readonly default: boolean
  /** What it does, one line, for `--help` and docs. */
  readonly description: string
}

/** The state of all gates of a controller. */
export interface FeatureGates {
  /** Throws when the controller does not declare the gate: a bug of the caller. */
  enabled(name: string): boolean
  /** Name and state of each gate, sorted by name. */
  list(): readonly (readonly [name: string, enabled: boolean])[]
}

/** Reads `Name=true,Other=false` over the defaults. Throws `FlagInvalid` naming an unknown gate and those that exist. */
export function parseFeatureGates(text: string, gates: Readonly<Record<string, FeatureGate>>): FeatureGates {
  const states = new Map(Object.entries(gates).map(([name, gate]) => [name, gate.default]))
  for (const pair of text.split(',').map((part) => part.trim())) {
    if (pair === '') continue
    const [name = '', value, ...rest] = pair.split('=').map((part) => part.trim())
    const state = value === undefined ? undefined : booleans.get(value.toLowerCase())
    if (state === undefined || rest.length > 0)
      throw new RuntimeError('FlagInvalid', `--feature-gates: '${pair}' must be Name=true or Name=false`)
    if (!states.has(name)) {
      const known = [...states.keys()].sort().join(', ') || 'none'
      throw new RuntimeError(
        'FlagInvalid',
        `--feature-gates: '${name}' is not a gate of this controller; known: ${known}`,
      )
    }
    states.set(name, state)
  }
  return {
    enabled(name) {
      const state = states.get(name)
      if (state === undefined) throw new RuntimeError('GateUndeclared', `feature gate '${name}' is not declared`)
      return state
    },
    list: () => [...states].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
])
