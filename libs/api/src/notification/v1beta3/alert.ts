// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { KubeObject } from '../../meta/object.ts'
import { choice, flag, list, stringMap, text } from '../../schema/fields.ts'
import { localReference } from '../../schema/shapes.ts'
import { notificationCategories, objectReferenceFields } from '../common.ts'
import { alertKind } from '../kinds.ts'

const source = Type.Object(objectReferenceFields, { description: 'Objects whose events count.' })

const spec = Type.Object(
  {
    eventMetadata: Type.Optional(stringMap('Metadata that every message gets, over the annotations of the object.')),
    eventSeverity: Type.Optional(
      choice('Which events count: info for all, error for errors alone.', ['info', 'error'], { default: 'info' }),
    ),
    eventSources: list('Objects whose events count; one of them must match.', source),
    exclusionList: Type.Optional(
      list('Regular expressions (RE2); an event whose message matches one is left out.', text('An expression.')),
    ),
    inclusionList: Type.Optional(
      list('Regular expressions (RE2), one of which the message must match.', text('An expression.')),
    ),
    providerRef: localReference('Provider that the messages go to.'),
    summary: Type.Optional(
      text('What the alert is about. Deprecated: use eventMetadata with the key summary.', { maxLength: 255 }),
    ),
    suspend: Type.Optional(flag('Whether events are left alone.')),
  },
  { description: 'Which events are told to whom.' },
)

/** What an Alert asks for. */
export interface AlertSpec extends Static<typeof spec> {}
/** One entry of `spec.eventSources`. */
export interface AlertEventSource extends Static<typeof source> {}

/** Which events go to which Provider. Flux's kind has no status. */
export interface Alert extends KubeObject {
  spec: AlertSpec
}

/** All that the CRD of Alert says. */
export const alertDefinition: KindDefinition = {
  kind: alertKind,
  singular: 'alert',
  shortNames: [],
  categories: notificationCategories,
  columns: [ageColumn],
  description: 'Alert tells the events of some objects to a Provider.',
  spec,
}
