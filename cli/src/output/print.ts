// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import type { Environment } from '../environment.ts'

/** Prints a value as JSON or YAML. */
export function print(value: unknown, format: 'json' | 'yaml', { out }: Pick<Environment, 'out'>): void {
  out(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0 }))
}
