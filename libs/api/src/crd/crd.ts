// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { JsonObject } from '../meta/json.ts'
import type { KubeObject } from '../meta/object.ts'
import { substituteAnnotation } from '../names/keys.ts'
import { text } from '../schema/fields.ts'
import type { KindDefinition, PrinterColumn } from './definition.ts'
import { structural } from './structural.ts'

/** One version of a custom resource. */
export interface CustomResourceVersion {
  additionalPrinterColumns: PrinterColumn[]
  name: string
  schema: { openAPIV3Schema: JsonObject }
  served: boolean
  storage: boolean
  subresources: { status?: object }
}

/** A CustomResourceDefinition, ready to be applied. */
export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string
    names: {
      categories: string[]
      kind: string
      listKind: string
      plural: string
      shortNames?: string[]
      singular: string
    }
    scope: 'Namespaced' | 'Cluster'
    versions: CustomResourceVersion[]
  }
}

/** The schema of a whole object of the kind. */
export function objectSchema(definition: KindDefinition): JsonObject {
  const { status: schema, statusDefault } = definition
  const status = schema && { ...schema, ...(statusDefault === undefined ? {} : { default: statusDefault }) }
  return structural(
    Type.Object(
      {
        apiVersion: Type.Optional(text('Group and version of the API that the object is written for.')),
        kind: Type.Optional(text('Kind of the object.')),
        metadata: Type.Optional(Type.Unsafe<object>({ type: 'object' })),
        spec: Type.Optional(definition.spec),
        ...(status === undefined ? {} : { status: Type.Optional(status) }),
      },
      { description: definition.description },
    ),
    definition.kind.kind,
  )
}

/** The CRD of a kind. */
export function crdOf(definition: KindDefinition): CustomResourceDefinition {
  const { kind } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      // texts in the schema may look like variables of postBuild.substitute
      annotations: { [substituteAnnotation]: 'disabled' },
      name: `${kind.plural}.${kind.group}`,
    },
    spec: {
      group: kind.group,
      names: {
        categories: [...definition.categories],
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        ...(definition.shortNames.length === 0 ? {} : { shortNames: [...definition.shortNames] }),
        singular: definition.singular,
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          additionalPrinterColumns: definition.columns.map((column) => ({ ...column })),
          name: kind.version,
          schema: { openAPIV3Schema: objectSchema(definition) },
          served: true,
          storage: true,
          subresources: definition.status === undefined ? {} : { status: {} },
        },
      ],
    },
  }
}
