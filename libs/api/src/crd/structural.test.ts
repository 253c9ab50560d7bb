// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Type } from 'typebox'
import { parse } from 'yaml'
import { renderCrds } from '../generate.ts'
import { choice, stringMap, text } from '../schema/fields.ts'
import { crds } from './crds.ts'
import { structural } from './structural.ts'

describe('structural', () => {
  it('keeps what a CRD may hold, in a fixed order', () => {
    const schema = structural(
      Type.Object({
        b: Type.Optional(choice('Either.', ['x', 'y'], { default: 'x' })),
        a: stringMap('Names.'),
        c: Type.Array(text('A text.', { minLength: 1 })),
      }),
    )
    expect(JSON.stringify(schema)).toBe(
      JSON.stringify({
        properties: {
          a: { additionalProperties: { type: 'string' }, description: 'Names.', type: 'object' },
          b: { default: 'x', description: 'Either.', enum: ['x', 'y'], type: 'string' },
          c: { items: { description: 'A text.', minLength: 1, type: 'string' }, type: 'array' },
        },
        required: ['a', 'c'],
        type: 'object',
      }),
    )
  })
  it.each([
    ['a union', Type.Object({ a: Type.Union([Type.String(), Type.Number()]) }), 'schema.a has no type'],
    ['an enum without a type', Type.Object({ a: Type.Enum(['x']) }), 'schema.a has no type'],
    ['a record', Type.Object({ a: Type.Record(Type.String(), Type.String()) }), 'patternProperties'],
    ['a map of anything', Type.Object({}, { additionalProperties: Type.Any() }), 'schema.* has no type'],
    ['a reference', Type.Array(Type.String({ $id: 'x' })), 'schema[] holds the keyword $id'],
  ])('refuses %s', (_name, schema, message) => {
    expect(() => structural(schema)).toThrow(expect.objectContaining({ code: 'InvalidSchema' }))
    expect(() => structural(schema)).toThrow(message)
  })
})

describe('renderCrds', () => {
  it('writes YAML that reads back as the CRDs, also for parsers of YAML 1.1', async () => {
    const rendered = renderCrds()
    expect([...rendered].map(([, yaml]) => parse(yaml, { version: '1.1' }) as unknown)).toEqual(await crds())
    expect([...rendered].map(([, yaml]) => parse(yaml, { version: '1.2' }) as unknown)).toEqual(await crds())
    for (const { metadata } of await crds()) expect(rendered.has(`${metadata.name}.yaml`)).toBe(true)
  })
  it('gives the same bytes every time', () => {
    expect([...renderCrds()]).toEqual([...renderCrds()])
  })
})
