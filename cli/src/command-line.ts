// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander'
import type { Option, ParseOptionsResult } from 'commander'

const assignment = /^(--[a-z][-a-z0-9]*|-[A-Za-z])=(.*)$/
// what Go's strconv.ParseBool takes, which reads the flags of flux and kubectl
const yes = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const no = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/**
 * A command whose flags without a value may be written as flux and kubectl take them: `--flag`, `--flag=true` and
 * `--flag=false`, which is never `--flag false`. A flag of the form `--flag [boolean]` tells false from not given.
 */
export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name)
  }

  override parseOptions(args: readonly string[]): ParseOptionsResult {
    const end = args.indexOf('--')
    const flags = end < 0 ? args : args.slice(0, end)
    return super.parseOptions([...this.#spell(flags), ...args.slice(flags.length)])
  }

  /** The same flags in commander's spelling. Of a flag that is given more than once the last one counts. */
  #spell(flags: readonly string[]): string[] {
    const spelled: string[] = []
    for (const flag of flags) {
      const [, name = flag, value] = assignment.exec(flag) ?? []
      const option = this.options.find(({ long, short }) => name === long || name === short)
      if (option?.optional === true) spelled.push(`${option.long}=${value === undefined || this.#isOn(option, value)}`)
      else if (option?.isBoolean() !== true || value === undefined) spelled.push(flag)
      else if (this.#isOn(option, value)) spelled.push(name)
      else removeAll(spelled, option)
    }
    return spelled
  }

  #isOn({ flags }: Option, value: string): boolean {
    if (yes.has(value)) return true
    if (no.has(value)) return false
    this.error(`error: option '${flags}' argument '${value}' is invalid. Write =true or =false, or the flag alone.`, {
      code: 'commander.invalidArgument',
    })
  }
}

function removeAll(spelled: string[], { long, short }: Option): void {
  spelled.splice(0, spelled.length, ...spelled.filter((each) => each !== long && each !== short))
}
