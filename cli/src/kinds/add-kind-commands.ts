// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { commandKinds } from './kinds.ts'
import type { CommandKind, Verb } from './kind.ts'

/** Gives the command of a kind its arguments, flags and action. */
export type Configure = (command: Command, kind: CommandKind) => void

/**
 * Adds to the command of a verb one command for each kind that has the verb: `source git`, `kustomization`, and hidden ones for
 * the other words of a kind.
 */
export function addKindCommands(parent: Command, verb: Verb, configure: Configure): void {
  for (const kind of commandKinds) {
    if (!kind.verbs.includes(verb)) continue
    const { words } = kind
    const [first, other] = verb === 'get' ? [words.many, words.one] : [words.one, words.many]
    const place = words.group === undefined ? parent : groupOf(parent, words.group, verb)
    const command = place.command(first)
    for (const alias of new Set([...(words.aliases ?? []), other])) if (alias !== first) command.alias(alias)
    configure(command, kind)
    const [shortcut, ...more] = words.shortcuts ?? []
    if (shortcut !== undefined) configure(parent.command(shortcut, { hidden: true }).aliases(more), kind)
  }
}

/** The command of a group below that of a verb, made by whoever asks first. */
export function groupOf(parent: Command, group: string, verb: string): Command {
  const found = parent.commands.find((each) => each.name() === group || each.aliases().includes(group))
  if (found !== undefined) return found
  const [first, other] = verb === 'get' ? [`${group}s`, group] : [group, `${group}s`]
  return parent.command(first).alias(other).description(`${verb} ${group}s`)
}
