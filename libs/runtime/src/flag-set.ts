// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { errorMessage } from '@tidelock/errors'
import type { FlagParser } from './flag-values.ts'

/** Declaration of one flag. */
export interface FlagDeclaration<V> {
  /** Without dashes: `watch-label-selector`. */
  readonly name: string
  readonly default: V
  readonly description: string
  readonly parse: FlagParser<V>
  /** How the default is shown in `--help`. Absent: as text. */
  readonly defaultText?: string
  /** Environment variable that takes the default's place, as some of Flux's controllers have it. */
  readonly env?: string
}

/** Reads the value of a declared flag; call it after the command was parsed. */
export type FlagReader<V> = (env: Readonly<Record<string, string | undefined>>) => V

/**
 * Declares a flag on the command, in Go's manner: `--name=value`, and for booleans the bare `--name` too. A bad value
 * ends parsing with a message that names flag, value and cure.
 */
export function declareFlag<V>(command: Command, flag: FlagDeclaration<V>): FlagReader<V> {
  const isBoolean = typeof flag.default === 'boolean'
  const shown = `--${flag.name}`
  const option = new Option(isBoolean ? `${shown} [bool]` : `${shown} <value>`, flag.description)
  // commander reads a leading `no-` as the negation of another flag; Flux has flags that are called so
  option.negate = false
  const shownDefault = flag.defaultText ?? String(flag.default)
  if (shownDefault !== '') option.default(undefined, shownDefault)
  option.argParser((text: string) => {
    try {
      return flag.parse(shown, text)
    } catch (error) {
      throw new InvalidArgumentError(errorMessage(error))
    }
  })
  if (isBoolean) option.preset('true')
  command.addOption(option)
  const attribute = option.attributeName()
  return (env) => {
    const given = command.getOptionValue(attribute) as V | undefined
    if (given !== undefined) return given
    const text = flag.env === undefined ? undefined : env[flag.env]
    return text === undefined || text === '' ? flag.default : flag.parse(`environment variable ${flag.env}`, text)
  }
}
