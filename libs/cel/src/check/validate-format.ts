// SPDX-License-Identifier: Apache-2.0
import { CelError } from '../errors.ts'
import { parseClause, refusal, scanFormat } from '../functions/format-clauses.ts'
import type { CallNode, Node } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import type { Type } from './types.ts'
import type { Report } from './validate.ts'

type TypeOf = (node: Node) => Type

/** Checks a call of `format` whose text and list of arguments are literals: clauses, their number and the types that they take. */
export function validateFormat({ target, args, at }: CallNode, typeOf: TypeOf, report: Report): void {
  const [list] = args
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || args.length !== 1) return
  if (list?.kind !== 'list') return
  const values = list.elements.map(({ value }) => value)
  let used = 0
  try {
    scanFormat(target.value, {
      text: () => undefined,
      clause: (rest) => {
        const arg = values[used]
        if (rest === '') throw new CelError('EvaluationFailed', 'unexpected end of string')
        if (arg === undefined) throw new CelError('EvaluationFailed', `index ${used} out of range`)
        used++
        const { verb, length } = parseClause(rest)
        checkArgument(verb, arg, typeOf)
        return length
      },
    })
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return report(error instanceof ArgumentError ? error.at : at, error.message)
  }
  if (values.length > used) {
    report(at, `too many arguments supplied to string.format (expected ${used}, got ${values.length})`)
  }
}

/** An argument of a type that its clause does not take. */
class ArgumentError extends CelError {
  readonly at: number
  constructor(at: number, message: string) {
    super('EvaluationFailed', message)
    this.at = at
  }
}

const numbers = ['int', 'uint', 'double']
const taken: Readonly<Record<string, readonly string[]>> = {
  b: ['bool', 'int', 'uint'],
  d: numbers,
  e: numbers,
  f: numbers,
  o: ['int', 'uint'],
  s: [...numbers, 'list', 'map', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
}

function checkArgument(verb: string, arg: Node, typeOf: TypeOf): void {
  const type = typeOf(arg)
  const kind = type.kind === 'wrapper' ? type.params[0]?.kind : type.kind
  if (kind !== 'dyn' && taken[verb]?.includes(kind ?? '') !== true) {
    throw new ArgumentError(arg.at, refusal(verb, runtimeName(type)))
  }
  if (verb !== 's') return
  // what is in a list or map is shown in the same way
  if (arg.kind === 'list' || arg.kind === 'map') for (const each of childrenOf(arg)) checkArgument(verb, each, typeOf)
}

const runtimeNames: Readonly<Record<string, string>> = {
  any: 'google.protobuf.Any',
  duration: 'google.protobuf.Duration',
  null: 'null_type',
  optional: 'optional_type',
  timestamp: 'google.protobuf.Timestamp',
}

function runtimeName(type: Type): string {
  if (type.kind === 'wrapper') return type.params[0]?.kind ?? ''
  return type.kind === 'message' ? type.name : (runtimeNames[type.kind] ?? type.kind)
}
