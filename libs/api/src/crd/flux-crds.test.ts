// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { crdOf } from './crd.ts'
import type { CustomResourceDefinition } from './crd.ts'
import { definitions } from './definitions.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * Where our CRDs differ from Flux's on purpose: field (`<kind>.<path>`) to the reason. Empty: they do not differ. The
 * descriptions are our own and not compared; the annotation that keeps CRDs from being substituted, which Flux's
 * releases carry, is tested below.
 */
const gaps: Readonly<Record<string, string>> = {}

/** Every field of a schema with all that is said about it but the description. */
function fieldsOf(schema: Schema, path: string, fields = new Map<string, object>()): Map<string, object> {
  const { description: _description, properties, items, additionalProperties, required, ...facts } = schema
  fields.set(path, { ...facts, required: [...((required as string[] | undefined) ?? [])].sort() })
  for (const [name, field] of Object.entries((properties ?? {}) as Record<string, Schema>)) {
    fieldsOf(field, `${path}.${name}`, fields)
  }
  if (items !== undefined) fieldsOf(items as Schema, `${path}[]`, fields)
  if (additionalProperties !== undefined) fieldsOf(additionalProperties as Schema, `${path}.*`, fields)
  return fields
}

function descriptionsOf(schema: Schema, path: string): [string, unknown][] {
  const { properties, items } = schema as { properties?: Record<string, Schema>; items?: Schema }
  return [
    [path, schema['description']],
    ...Object.entries(properties ?? {}).flatMap(([name, field]) => descriptionsOf(field, `${path}.${name}`)),
    ...(items === undefined ? [] : descriptionsOf(items, `${path}[]`)),
  ]
}

function fluxCrd(name: string): CustomResourceDefinition {
  const file = new URL(`../../testdata/flux-crds/${name}.yaml`, import.meta.url)
  return parse(readFileSync(file, 'utf8'), { version: '1.1' }) as CustomResourceDefinition
}

describe.each(definitions.map((definition) => [definition.kind.kind, definition] as const))(
  '%s',
  (kind, definition) => {
    const ours = crdOf(definition)
    const theirs = fluxCrd(ours.metadata.name)
    const [version, ...others] = ours.spec.versions
    const [fluxVersion] = theirs.spec.versions
    if (version === undefined || fluxVersion === undefined) throw new Error('a CRD without versions')
    const schema = version.schema.openAPIV3Schema

    it('has the fields of Flux, each with its type, rules and default', () => {
      const expected = fieldsOf(fluxVersion.schema.openAPIV3Schema, kind)
      const actual = fieldsOf(schema, kind)
      for (const path of Object.keys(gaps)) {
        expected.delete(path)
        actual.delete(path)
      }
      expect(expected.size).toBeGreaterThan(20)
      expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected))
    })
    it('has the names, scope, columns and subresources of Flux', () => {
      const { versions: _ours, ...names } = ours.spec
      const { versions: _theirs, ...fluxNames } = theirs.spec
      expect(names).toEqual(fluxNames)
      const { schema: _schema, ...rest } = version
      const { schema: _fluxSchema, ...fluxRest } = fluxVersion
      expect(rest).toEqual(fluxRest)
      expect(others).toEqual([])
    })
    it('describes every field, and is left alone by variable substitution', () => {
      const missing = descriptionsOf(schema, kind).filter(([, text]) => !/^[A-Z].*\.$/s.test(String(text)))
      expect(missing.map(([path]) => path)).toEqual([`${kind}.metadata`])
      expect(ours.metadata.annotations).toEqual({ 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' })
    })
  },
)

it('compares every CRD of Flux that is in the test data, and names no gap that is none', () => {
  expect(definitions.map(({ kind }) => kind.kind).sort()).toEqual([
    'Alert',
    'Bucket',
    'ExternalArtifact',
    'GitRepository',
    'HelmChart',
    'HelmRepository',
    'Kustomization',
    'OCIRepository',
    'Provider',
    'Receiver',
  ])
  expect(gaps).toEqual({})
})
