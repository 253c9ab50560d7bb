// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'

/** Prints a value as JSON or YAML. Throws UsageInvalid for another format. */
export function print(value: unknown, format: string, { out }: Pick<Environment, 'out'>): void {
  switch (format) {
    case 'json':
      return out(`${JSON.stringify(value, null, 2)}\n`)
    case 'yaml':
      return out(stringify(value, { lineWidth: 0 }))
    default:
      throw new CliError('UsageInvalid', `--output: '${format}' is not supported; use json or yaml`)
  }
}
