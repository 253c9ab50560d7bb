// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import type { Environment } from '../environment.ts'

/** Prints a value as JSON or YAML. Kubernetes' tools read YAML 1.1, where a bare `yes` is a boolean: such texts are quoted. */
export function print(value: unknown, format: 'json' | 'yaml', { out }: Pick<Environment, 'out'>): void {
  out(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0, version: '1.1' }))
}
