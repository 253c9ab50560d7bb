// SPDX-License-Identifier: Apache-2.0
import type { Vector } from './vectors.ts'

/** Why a vector is not run. */
export type Gap =
  // extensions and options that Flux does not enable: math, block, bind, two-variable comprehensions, network, proto, names in
  // backquotes
  | 'not enabled by Flux'
  // messages of the specification's own test types. Kubernetes objects are maps, and no message type can be named in an expression of
  // Flux but the well-known ones, such as `google.protobuf.Int64Value{value: 1}`: those are run
  | 'messages'
  // declarations that a program adds to its environment: functions of its own, containers, names with dots. Flux adds none
  | 'environment'
  // the specification and cel-go 0.26 in Flux's environment disagree, seen by running both: cel-go is followed
  | 'cel-go differs'

const extensions = new Set(['bindings_ext', 'block_ext', 'macros2', 'math_ext', 'network_ext', 'proto2_ext'])
const message =
  /TestAllTypes|NestedTest|NestedMessage|nested_message|single_\w+_wrapper|TestRequired|GlobalEnum|cel\.expr/

const environment: readonly RegExp[] = [
  /^conformance\/namespace\//,
  /^conformance\/type_deductions\/(?:functions\/function_result_type|type_parameters\/multiple_parameters)/,
  // variables named `a.b.c`
  /^conformance\/fields\/qualified_identifier_resolution\/(?:qualified_ident|map_field_select|ident_with_longest|qualified_identifier)/,
]

const different: readonly RegExp[] = [
  // the last entry of a repeated key wins
  /map_value_repeat_key/,
  // selecting from what is no map below an optional is absent, not an error (EnableErrorOnBadPresenceTest is off)
  /^conformance\/optionals\/optionals\/(?:map_null_entry_no_such_key|map_present_key_invalid_field)$/,
  // an offset past the end finds nothing
  /value_errors\/(?:last)?indexof_out_of_range$/,
  // the whole duration in milliseconds, not the part below a second
  /duration_converters\/get_milliseconds$/,
]

/** The gap that a vector falls into, undefined if it must pass. */
export function gapOf(vector: Vector): Gap | undefined {
  const id = vector.id.startsWith('conformance/') ? vector.id : `conformance/${vector.id}`
  const [, file = ''] = id.split('/')
  const text = JSON.stringify([vector.expression, vector.bindings, vector.value])
  if (extensions.has(file) || text.includes('cel.bind') || id.includes('/quoted_map_fields/'))
    return 'not enabled by Flux'
  if (message.test(text)) return 'messages'
  if (environment.some((pattern) => pattern.test(id))) return 'environment'
  return different.some((pattern) => pattern.test(id)) ? 'cel-go differs' : undefined
}
