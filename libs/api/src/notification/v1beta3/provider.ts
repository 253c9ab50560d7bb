// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { KubeObject } from '../../meta/object.ts'
import { choice, flag, text, withRules } from '../../schema/fields.ts'
import { httpUrlRule } from '../../schema/patterns.ts'
import { interval, localReference, timeout } from '../../schema/shapes.ts'
import { notificationCategories } from '../common.ts'
import { providerKind } from '../kinds.ts'

const type = choice('Service that the messages go to.', [
  'slack',
  'discord',
  'msteams',
  'rocket',
  'generic',
  'generic-hmac',
  'github',
  'gitlab',
  'gitea',
  'giteapullrequestcomment',
  'bitbucketserver',
  'bitbucket',
  'azuredevops',
  'googlechat',
  'googlepubsub',
  'webex',
  'sentry',
  'azureeventhub',
  'telegram',
  'lark',
  'matrix',
  'opsgenie',
  'alertmanager',
  'grafana',
  'githubdispatch',
  'githubpullrequestcomment',
  'gitlabmergerequestcomment',
  'pagerduty',
  'datadog',
  'nats',
  'zulip',
  'otel',
  'zoom',
  'incident.io',
])

const spec = Type.Object(
  {
    address: Type.Optional(text('Address of the service; that of the Secret wins.', { maxLength: 2048 })),
    certSecretRef: Type.Optional(localReference('Secret with a client certificate, a certificate authority or both.')),
    channel: Type.Optional(
      text('Where in the service: channel, room, routing key or project, by the type.', { maxLength: 2048 }),
    ),
    commitStatusExpr: Type.Optional(
      text('CEL expression for the id of the commit status, over event, alert and provider.'),
    ),
    interval: Type.Optional(interval('Deprecated and not used.')),
    proxy: Type.Optional(
      text('Address of a proxy. Deprecated: use proxySecretRef.', { maxLength: 2048, pattern: httpUrlRule.pattern }),
    ),
    proxySecretRef: Type.Optional(localReference('Secret with the address and credentials of a proxy.')),
    secretRef: Type.Optional(localReference('Secret with the credentials for the service.')),
    serviceAccountName: Type.Optional(text('ServiceAccount that stands for this object at the cloud provider.')),
    suspend: Type.Optional(flag('Whether messages are dropped.')),
    timeout: Type.Optional(timeout('Limit for sending one message. Default: 15s.')),
    type,
    username: Type.Optional(text('Name under which messages are shown, or the login.', { maxLength: 2048 })),
  },
  {
    description: 'A service and how it is reached.',
    ...withRules({
      message:
        "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
      rule: "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)",
    }),
  },
)

/** What a Provider says. */
export interface ProviderSpec extends Static<typeof spec> {}
/** The services there are. */
export type ProviderType = ProviderSpec['type']

/** A service that messages go to. Flux's kind has no status. */
export interface Provider extends KubeObject {
  spec: ProviderSpec
}

/** All that the CRD of Provider says. */
export const providerDefinition: KindDefinition = {
  kind: providerKind,
  singular: 'provider',
  shortNames: [],
  categories: notificationCategories,
  columns: [ageColumn],
  description: 'Provider is a service that messages about events go to.',
  spec,
}
