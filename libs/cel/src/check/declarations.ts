// SPDX-License-Identifier: Apache-2.0
import { parseType, splitTopLevel } from './types.ts'
import type { Type } from './types.ts'

/** One signature of a function. Of a member the first parameter is the receiver. */
export interface Overload {
  readonly member: boolean
  readonly params: readonly Type[]
  readonly result: Type
}

const numbers = ['int', 'uint', 'double']
const ordered = [
  ...numbers.flatMap((a) => numbers.map((b) => `(${a}, ${b}) bool`)),
  ...['bool', 'string', 'bytes', 'timestamp', 'duration'].map((type) => `(${type}, ${type}) bool`),
]
const of = (...types: string[]) => types.map((type) => `(${type}, ${type}) ${type}`)
const field = ['.(timestamp) int', '.(timestamp, string) int']
const fieldOrDuration = [...field, '.(duration) int']
const toType = (to: string, ...from: string[]) => from.map((type) => `(${type}) ${to}`)
const sets = ['(list(T), list(T)) bool']

// what Flux's environment declares: the standard library with comparisons across numeric types, optional types, strings (all
// versions), sets, encoders; a leading dot marks a member
const signatures: Readonly<Record<string, readonly string[]>> = {
  '_?_:_': ['(bool, A, A) A'],
  '_&&_': ['(bool, bool) bool'],
  '_||_': ['(bool, bool) bool'],
  '!_': ['(bool) bool'],
  '-_': ['(double) double', '(int) int'],
  '_==_': ['(A, A) bool'],
  '_!=_': ['(A, A) bool'],
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
  '_+_': [
    ...of('bytes', 'double', 'duration'),
    '(duration, timestamp) timestamp',
    '(timestamp, duration) timestamp',
    ...of('int', 'list(A)', 'string', 'uint'),
  ],
  '_-_': [
    ...of('double', 'duration', 'int'),
    '(timestamp, duration) timestamp',
    '(timestamp, timestamp) duration',
    ...of('uint'),
  ],
  '_*_': of('double', 'int', 'uint'),
  '_/_': of('double', 'int', 'uint'),
  '_%_': of('int', 'uint'),
  '@in': ['(A, list(A)) bool', '(A, map(A, B)) bool'],
  '_[_]': [
    '(list(A), int) A',
    '(map(A, B), A) B',
    '(optional(list(V)), int) optional(V)',
    '(optional(map(K, V)), K) optional(V)',
  ],
  '_[?_]': [
    '(list(V), int) optional(V)',
    '(optional(list(V)), int) optional(V)',
    '(map(K, V), K) optional(V)',
    '(optional(map(K, V)), K) optional(V)',
  ],
  size: ['bytes', 'list(A)', 'map(A, B)', 'string'].flatMap((type) => [`(${type}) int`, `.(${type}) int`]),
  type: ['(A) type(A)'],
  dyn: ['(A) dyn'],
  bool: toType('bool', 'bool', 'string'),
  bytes: toType('bytes', 'bytes', 'string'),
  double: toType('double', 'double', 'int', 'string', 'uint'),
  duration: toType('duration', 'duration', 'int', 'string'),
  int: toType('int', 'int', 'double', 'duration', 'string', 'timestamp', 'uint'),
  string: toType('string', 'string', 'bool', 'bytes', 'double', 'duration', 'int', 'timestamp', 'uint'),
  timestamp: toType('timestamp', 'timestamp', 'int', 'string'),
  uint: toType('uint', 'uint', 'double', 'int', 'string'),
  contains: ['.(string, string) bool'],
  endsWith: ['.(string, string) bool'],
  startsWith: ['.(string, string) bool'],
  matches: ['(string, string) bool', '.(string, string) bool'],
  getFullYear: field,
  getMonth: field,
  getDayOfYear: field,
  getDayOfMonth: field,
  getDate: field,
  getDayOfWeek: field,
  getHours: fieldOrDuration,
  getMinutes: fieldOrDuration,
  getSeconds: fieldOrDuration,
  getMilliseconds: fieldOrDuration,
  charAt: ['.(string, int) string'],
  indexOf: ['.(string, string) int', '.(string, string, int) int'],
  lastIndexOf: ['.(string, string) int', '.(string, string, int) int'],
  lowerAscii: ['.(string) string'],
  upperAscii: ['.(string) string'],
  replace: ['.(string, string, string) string', '.(string, string, string, int) string'],
  split: ['.(string, string) list(string)', '.(string, string, int) list(string)'],
  substring: ['.(string, int) string', '.(string, int, int) string'],
  trim: ['.(string) string'],
  reverse: ['.(string) string'],
  format: ['.(string, list(dyn)) string'],
  join: ['.(list(string)) string', '.(list(string), string) string'],
  'strings.quote': ['(string) string'],
  'sets.contains': sets,
  'sets.equivalent': sets,
  'sets.intersects': sets,
  'base64.encode': ['(bytes) string'],
  'base64.decode': ['(string) bytes'],
  'optional.of': ['(V) optional(V)'],
  'optional.ofNonZeroValue': ['(V) optional(V)'],
  'optional.none': ['() optional(V)'],
  'optional.unwrap': ['(list(optional(V))) list(V)'],
  unwrapOpt: ['.(list(optional(V))) list(V)'],
  value: ['.(optional(V)) V'],
  hasValue: ['.(optional(V)) bool'],
  or: ['.(optional(V), optional(V)) optional(V)'],
  orValue: ['.(optional(V), V) V'],
  first: ['.(list(V)) optional(V)'],
  last: ['.(list(V)) optional(V)'],
}

/** Every function and operator of the environment with its overloads. */
export const declarations: ReadonlyMap<string, readonly Overload[]> = new Map(
  Object.entries(signatures).map(([name, overloads]) => [name, overloads.map(parseOverload)]),
)

/** The names of all functions and operators. */
export const functionNames: ReadonlySet<string> = new Set(Object.keys(signatures))

/** Whether some overload of the function takes so many arguments, the receiver included. */
export function takes(name: string, count: number): boolean {
  return declarations.get(name)?.some(({ params }) => params.length === count) === true
}

function parseOverload(text: string): Overload {
  const member = text.startsWith('.')
  const end = closingParenthesis(text)
  const params = splitTopLevel(text.slice(member ? 2 : 1, end)).map(parseType)
  return { member, params, result: parseType(text.slice(end + 1).trim()) }
}

function closingParenthesis(text: string): number {
  let depth = 0
  for (let i = text.indexOf('('); i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i
  }
  throw new TypeError(`signature '${text}' has no end`)
}
