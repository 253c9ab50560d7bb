// SPDX-License-Identifier: Apache-2.0
import type { CallNode, MacroName, Node } from './ast.ts'

const macros: Readonly<Record<string, { readonly macro: MacroName; readonly args: readonly number[] }>> = {
  all: { macro: 'all', args: [2] },
  exists: { macro: 'exists', args: [2] },
  exists_one: { macro: 'exists_one', args: [2] },
  existsOne: { macro: 'exists_one', args: [2] },
  map: { macro: 'map', args: [2, 3] },
  filter: { macro: 'filter', args: [2] },
  optMap: { macro: 'optMap', args: [2] },
  optFlatMap: { macro: 'optFlatMap', args: [2] },
}

/** What reports a macro that is used wrongly. */
type Fail = (at: number, message: string) => never

/** The macro that a call stands for, or the call itself. */
export function expandCall(call: CallNode, fail: Fail): Node {
  const { name, target, args, at } = call
  if (target === undefined) return name === 'has' && args.length === 1 ? expandHas(call, fail) : call
  const known = Object.hasOwn(macros, name) ? macros[name] : undefined
  if (known === undefined || !known.args.includes(args.length)) return call
  const [variable, second, third] = args as [Node, Node, Node?]
  if (variable.kind !== 'ident') {
    const optional = known.macro.startsWith('opt')
    return fail(
      variable.at,
      optional ? `${name}() variable name must be a simple identifier` : 'argument is not an identifier',
    )
  }
  if (variable.name === '__result__') fail(variable.at, 'iteration variable overwrites accumulator variable')
  const base = { kind: 'macro', at, macro: known.macro, range: target, variable: variable.name } as const
  return third === undefined ? { ...base, body: second } : { ...base, where: second, body: third }
}

function expandHas({ args }: CallNode, fail: Fail): Node {
  const [operand] = args
  if (operand?.kind !== 'select' || operand.optional) {
    return fail(operand?.at ?? 0, 'invalid argument to has() macro')
  }
  return { ...operand, test: true }
}
