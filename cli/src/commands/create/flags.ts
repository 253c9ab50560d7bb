// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from 'commander'
import { addWithCommas } from '../flag-values.ts'
import { CliError } from '../../errors.ts'

/** The flags of every `create`. */
export interface CreateFlags {
  readonly interval: string
  readonly export?: boolean
  readonly label?: Readonly<Record<string, string>>
}

const prefix = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/
const word = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** `key=value`, with commas between several. Throws commander's InvalidArgumentError. */
export function labelFlag(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const labels = { ...before }
  for (const label of addWithCommas(text)) {
    const [key = '', value, ...more] = label.split('=')
    if (value === undefined || more.length > 0)
      throw new InvalidArgumentError(`'${label}' is no label: write key=value.`)
    const slash = key.lastIndexOf('/')
    if (!word.test(key.slice(slash + 1)) || (slash >= 0 && !prefix.test(key.slice(0, slash))))
      throw new InvalidArgumentError(`'${key}' is no key of a label: write name or example.com/name.`)
    if (value !== '' && !word.test(value))
      throw new InvalidArgumentError(`'${value}' is no value of a label: write letters, digits, '-', '_' or '.'.`)
    labels[key] = value
  }
  return labels
}

/** Throws UsageInvalid unless the name is one that a DNS label may have. */
export function requireName(name: string | undefined): asserts name is string {
  if (name === undefined) throw new CliError('UsageInvalid', 'name is required')
  if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new CliError(
      'UsageInvalid',
      `name '${name}' is invalid: write lower-case letters, digits and '-', at most 63, with a letter or digit at both ends`,
    )
}
