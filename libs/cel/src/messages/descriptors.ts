// SPDX-License-Identifier: Apache-2.0

/** What a field of a message holds, as protocol buffers and their JSON form tell it. */
export type FieldKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'enum'
  | 'float'
  | 'int32'
  | 'int64'
  | 'string'
  | 'uint32'
  | 'uint64'
  // google.protobuf.Value, Struct and ListValue; a map and a list of values
  | 'json'
  | 'json-map'
  | 'json-list'
  | 'json-fields'
  | 'json-items'

/** A field of a message. */
export interface Field {
  readonly name: string
  /** Its number on the wire. */
  readonly number: number
  readonly kind: FieldKind
}

/** A message that expressions may make. */
export interface Message {
  readonly name: string
  /** The type of `Name{}` for the checker, as declarations write types. */
  readonly type: string
  readonly fields: readonly Field[]
  /** At most one of the fields is set. */
  readonly exclusive: boolean
}

/** The only value of the only enum. */
export const nullValueName = 'google.protobuf.NullValue.NULL_VALUE'

const time: readonly (readonly [string, FieldKind])[] = [
  ['seconds', 'int64'],
  ['nanos', 'int32'],
]
const wrapper = (kind: FieldKind) => [['value', kind]] as const

// the messages of the standard environment of cel-go, with their fields in the order of their numbers
const table: Readonly<Record<string, readonly [type: string, fields: readonly (readonly [string, FieldKind])[]]>> = {
  Any: [
    'any',
    [
      ['type_url', 'string'],
      ['value', 'bytes'],
    ],
  ],
  BoolValue: ['wrapper(bool)', wrapper('bool')],
  BytesValue: ['wrapper(bytes)', wrapper('bytes')],
  DoubleValue: ['wrapper(double)', wrapper('double')],
  Duration: ['duration', time],
  Empty: ['google.protobuf.Empty', []],
  FloatValue: ['wrapper(double)', wrapper('float')],
  Int32Value: ['wrapper(int)', wrapper('int32')],
  Int64Value: ['wrapper(int)', wrapper('int64')],
  ListValue: ['list(dyn)', [['values', 'json-items']]],
  StringValue: ['wrapper(string)', wrapper('string')],
  Struct: ['map(string, dyn)', [['fields', 'json-fields']]],
  'Struct.FieldsEntry': [
    'google.protobuf.Struct.FieldsEntry',
    [
      ['key', 'string'],
      ['value', 'json'],
    ],
  ],
  Timestamp: ['timestamp', time],
  UInt32Value: ['wrapper(uint)', wrapper('uint32')],
  UInt64Value: ['wrapper(uint)', wrapper('uint64')],
  Value: [
    'dyn',
    [
      ['null_value', 'enum'],
      ['number_value', 'double'],
      ['string_value', 'string'],
      ['bool_value', 'bool'],
      ['struct_value', 'json-map'],
      ['list_value', 'json-list'],
    ],
  ],
}

/** The messages that cel-go knows without being told: those of the well-known types. */
export const messages: ReadonlyMap<string, Message> = new Map(
  Object.entries(table).map(([short, [type, fields]]) => {
    const name = `google.protobuf.${short}`
    const numbered = fields.map(([field, kind], i) => ({ name: field, number: i + 1, kind }))
    return [name, { name, type, fields: numbered, exclusive: short === 'Value' }]
  }),
)

/** The field of that name, undefined if the message has none. */
export function fieldOf(message: Message, name: string): Field | undefined {
  return message.fields.find((field) => field.name === name)
}

const kindTypes: Readonly<Record<FieldKind, string>> = {
  bool: 'bool',
  bytes: 'bytes',
  double: 'double',
  enum: 'int',
  float: 'double',
  int32: 'int',
  int64: 'int',
  string: 'string',
  uint32: 'uint',
  uint64: 'uint',
  json: 'dyn',
  'json-map': 'map(string, dyn)',
  'json-list': 'list(dyn)',
  'json-fields': 'map(string, dyn)',
  'json-items': 'list(dyn)',
}

/** The type of a field for the checker, as declarations write types. */
export function typeOfField({ kind }: Field): string {
  return kindTypes[kind]
}
