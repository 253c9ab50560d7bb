// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, text, withRules } from '../../schema/fields.ts'
import type { CelRule } from '../../schema/fields.ts'
import { httpUrlRule } from '../../schema/patterns.ts'
import { artifact, commonStatus, interval, localReference, timeout } from '../../schema/shapes.ts'
import { sourceCategories } from './common.ts'
import { bucketKind } from './kinds.ts'

const sts = Type.Object(
  {
    certSecretRef: Type.Optional(localReference('Secret with a client certificate, a certificate authority or both.')),
    endpoint: text('Address of the service, over HTTP or HTTPS.', { pattern: httpUrlRule.pattern }),
    provider: choice('What the service is.', ['aws', 'ldap']),
    secretRef: Type.Optional(localReference('Secret with the credentials for the service.')),
  },
  { description: 'Security token service that gives out temporary credentials.' },
)

const rules: readonly CelRule[] = [
  {
    message: "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    rule: "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
  },
  {
    message: "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    rule: "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
  },
  {
    message: "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    rule: "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
  },
  {
    message: "spec.sts.secretRef is not required for the 'aws' STS provider",
    rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
  },
  {
    message: "spec.sts.certSecretRef is not required for the 'aws' STS provider",
    rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
  },
  {
    message: "ServiceAccountName is not supported for the 'generic' Bucket provider",
    rule: "self.provider != 'generic' || !has(self.serviceAccountName)",
  },
  {
    message: 'cannot set both .spec.secretRef and .spec.serviceAccountName',
    rule: '!has(self.secretRef) || !has(self.serviceAccountName)',
  },
]

const spec = Type.Object(
  {
    bucketName: text('Name of the bucket.'),
    certSecretRef: Type.Optional(localReference('Secret with a client certificate, a certificate authority or both.')),
    endpoint: text('Address of the object storage, as host or host:port.'),
    ignore: Type.Optional(
      text('Paths left out of the artifact, in the syntax of .gitignore; replaces the default list.'),
    ),
    insecure: Type.Optional(flag('Whether a storage without TLS is accepted.')),
    interval: interval('How often the bucket is looked at.'),
    prefix: Type.Optional(text('Prefix of the keys of the objects that are fetched.')),
    provider: Type.Optional(
      choice('Service that the bucket is at.', ['generic', 'aws', 'gcp', 'azure'], { default: 'generic' }),
    ),
    proxySecretRef: Type.Optional(localReference('Secret with the address and credentials of a proxy.')),
    region: Type.Optional(text('Region that the bucket is in.')),
    secretRef: Type.Optional(localReference('Secret with the credentials for the bucket.')),
    serviceAccountName: Type.Optional(text('ServiceAccount that stands for this object at the cloud provider.')),
    sts: Type.Optional(sts),
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    timeout: Type.Optional(timeout('Limit for fetching the bucket.', { default: '60s' })),
  },
  { description: 'The bucket, and what is made of it.', ...withRules(...rules) },
)

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The file made from the last content of the bucket.')),
    ...commonStatus,
    observedIgnore: Type.Optional(text('The spec.ignore that the artifact was made with.')),
    url: Type.Optional(text('Address that always serves the newest artifact.')),
  },
  { description: 'What was last observed of the bucket.' },
)

/** What a Bucket asks for. */
export interface BucketSpec extends Static<typeof spec> {}
/** What was last observed of a Bucket. */
export interface BucketStatus extends Static<typeof status> {}

/** A bucket of an object storage as a source. */
export interface Bucket extends ApiObject {
  spec: BucketSpec
  status?: BucketStatus
}

/** All that the CRD of Bucket says. */
export const bucketDefinition: KindDefinition = {
  kind: bucketKind,
  singular: 'bucket',
  shortNames: [],
  categories: sourceCategories,
  columns: [{ name: 'Endpoint', type: 'string', jsonPath: '.spec.endpoint' }, ageColumn, readyColumn, statusColumn],
  description: 'Bucket makes an artifact of the objects in a bucket of an object storage.',
  spec,
  status,
  statusDefault: unobserved,
}
