// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { text } from '../../schema/fields.ts'
import { artifact, commonStatus } from '../../schema/shapes.ts'
import { sourceCategories } from './common.ts'
import { externalArtifactKind } from './kinds.ts'

const sourceRef = Type.Object(
  {
    apiVersion: Type.Optional(text('API version of the object.')),
    kind: text('Kind of the object.'),
    name: text('Name of the object.'),
    namespace: Type.Optional(text('Namespace of the object. Default: that of this object.')),
  },
  { description: 'The object that the artifact is made for.' },
)

const spec = Type.Object({ sourceRef: Type.Optional(sourceRef) }, { description: 'Where the artifact comes from.' })

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The artifact.')),
    conditions: commonStatus.conditions,
  },
  { description: 'The artifact and its state, written by the tool that makes it.' },
)

/** Where an ExternalArtifact comes from. */
export interface ExternalArtifactSpec extends Static<typeof spec> {}
/** The artifact and its state. */
export interface ExternalArtifactStatus extends Static<typeof status> {}

/** An artifact that another tool makes. */
export interface ExternalArtifact extends ApiObject {
  spec?: ExternalArtifactSpec
  status?: ExternalArtifactStatus
}

/** All that the CRD of ExternalArtifact says. */
export const externalArtifactDefinition: KindDefinition = {
  kind: externalArtifactKind,
  singular: 'externalartifact',
  shortNames: ['ea'],
  categories: sourceCategories,
  columns: [ageColumn, readyColumn, statusColumn, { name: 'Source', type: 'string', jsonPath: '.spec.sourceRef.name' }],
  description: 'ExternalArtifact announces an artifact that was made by another tool.',
  spec,
  status,
}
