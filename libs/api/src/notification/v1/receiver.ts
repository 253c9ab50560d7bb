// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, list, text, withRules } from '../../schema/fields.ts'
import { intervalRule } from '../../schema/patterns.ts'
import { commonStatus, localReference } from '../../schema/shapes.ts'
import { notificationCategories, objectReferenceFields } from '../common.ts'
import { receiverKind } from '../kinds.ts'
import { oidcProvider } from './oidc-provider.ts'

const resource = Type.Object(
  {
    ...objectReferenceFields,
    filter: Type.Optional(text('CEL expression over req, res and claims that must be true for the object.')),
  },
  { description: 'Objects that a request asks to reconcile.' },
)

const spec = Type.Object(
  {
    events: Type.Optional(list('Types of events that count. Default: all.', text('A type of event.'))),
    interval: Type.Optional(
      text('How often the token is read again.', { default: '10m', pattern: intervalRule.pattern }),
    ),
    oidcProviders: Type.Optional(
      Type.Array(oidcProvider, {
        description: 'Issuers whose tokens are taken, for the type generic-oidc.',
        'x-kubernetes-list-map-keys': ['issuerURL'],
        'x-kubernetes-list-type': 'map',
      }),
    ),
    resourceFilter: Type.Optional(text('CEL expression over req, res and claims that must be true for every object.')),
    resources: list('Objects that a request asks to reconcile.', resource),
    secretRef: Type.Optional(localReference('Secret with the token that requests are verified by.')),
    suspend: Type.Optional(flag('Whether requests are refused.')),
    type: choice('What sends the requests.', [
      'generic',
      'generic-hmac',
      'generic-oidc',
      'github',
      'gitlab',
      'bitbucket',
      'harbor',
      'dockerhub',
      'quay',
      'gcr',
      'nexus',
      'acr',
      'cdevents',
    ]),
  },
  {
    description: 'What may send requests, and what they cause.',
    ...withRules(
      {
        message: 'generic-oidc receivers must define at least one oidcProvider',
        rule: "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
      },
      {
        message: 'oidcProviders can only be set when type is generic-oidc',
        rule: "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
      },
      {
        message: 'secretRef cannot be set when type is generic-oidc',
        rule: "self.type != 'generic-oidc' || !has(self.secretRef)",
      },
      {
        message: 'secretRef is required when type is not generic-oidc',
        rule: "self.type == 'generic-oidc' || has(self.secretRef)",
      },
    ),
  },
)

const status = Type.Object(
  { ...commonStatus, webhookPath: Type.Optional(text('Path that requests are sent to.')) },
  { description: 'Whether requests are taken, and where.' },
)

/** What a Receiver asks for. */
export interface ReceiverSpec extends Static<typeof spec> {}
/** Whether requests are taken, and where. */
export interface ReceiverStatus extends Static<typeof status> {}
/** One entry of `spec.resources`. */
export interface ReceiverResource extends Static<typeof resource> {}
/** The senders there are. */
export type ReceiverType = ReceiverSpec['type']

/** A path that outside systems send requests to, so that objects are reconciled at once. */
export interface Receiver extends ApiObject {
  spec: ReceiverSpec
  status?: ReceiverStatus
}

/** All that the CRD of Receiver says. */
export const receiverDefinition: KindDefinition = {
  kind: receiverKind,
  singular: 'receiver',
  shortNames: [],
  categories: notificationCategories,
  columns: [ageColumn, readyColumn, statusColumn],
  description: 'Receiver lets outside systems ask for objects to be reconciled at once.',
  spec,
  status,
  statusDefault: unobserved,
}
