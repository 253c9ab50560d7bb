// SPDX-License-Identifier: Apache-2.0
import { BenchError } from '../errors.ts'
import type { Controllers } from '../measure/usage.ts'

/** What the yardstick uses of the state that `tidelock up -o json` prints. */
export interface UpState extends Controllers {
  readonly kubeconfig: string
  readonly gitUrl: string
  readonly gitDir: string
  readonly logsDir: string
  /** Empty without a bus. */
  readonly natsUrl: string
  /** Of the bus's administrator. */
  readonly natsSeedFile: string
}

/** The state in what was printed so far; undefined when it is not there whole. Throws StartFailed when it lacks a field. */
export function parseUpState(text: string): UpState | undefined {
  if (!text.trimEnd().endsWith('}')) return undefined
  let state: Partial<UpState>
  try {
    state = JSON.parse(text) as Partial<UpState>
  } catch {
    return undefined
  }
  for (const field of [
    'kubeconfig',
    'gitUrl',
    'gitDir',
    'logsDir',
    'natsUrl',
    'natsSeedFile',
    'pids',
    'metrics',
  ] as const) {
    if (state[field] === undefined) throw new BenchError('StartFailed', `tidelock up -o json printed no ${field}`)
  }
  return state as UpState
}
