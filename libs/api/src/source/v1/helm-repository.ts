// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, list, stringMap, text } from '../../schema/fields.ts'
import { helmUrlRule } from '../../schema/patterns.ts'
import { artifact, commonStatus, interval, localReference, timeout } from '../../schema/shapes.ts'
import { sourceCategories } from './common.ts'
import { helmRepositoryKind } from './kinds.ts'

const accessFrom = Type.Object(
  {
    namespaceSelectors: list(
      'Namespaces from which the object may be referenced; those that match any of the selectors.',
      Type.Object(
        {
          matchLabels: Type.Optional(stringMap('Labels that the namespace must have; none means every namespace.')),
        },
        { description: 'Namespaces by their labels.' },
      ),
    ),
  },
  { description: 'Who may reference this object from other namespaces. Declared, and not enforced, as in Flux.' },
)

const spec = Type.Object(
  {
    accessFrom: Type.Optional(accessFrom),
    certSecretRef: Type.Optional(localReference('Secret with a client certificate, a certificate authority or both.')),
    insecure: Type.Optional(flag('Whether a registry without TLS is accepted. Only for type oci.')),
    interval: Type.Optional(interval('How often the index is looked at. Not used for type oci.')),
    passCredentials: Type.Optional(flag('Whether the credentials are also sent to other hosts that charts are at.')),
    provider: Type.Optional(
      choice('Service whose credentials are used. Only for type oci.', ['generic', 'aws', 'azure', 'gcp'], {
        default: 'generic',
      }),
    ),
    secretRef: Type.Optional(localReference('Secret with the credentials for the repository.')),
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    timeout: Type.Optional(timeout('Limit for fetching the index, or for one remote registry operation.')),
    type: Type.Optional(choice('What the repository is. Default: default, one with an index.', ['default', 'oci'])),
    url: text('Address of the repository.', { pattern: helmUrlRule.pattern }),
  },
  { description: 'The repository.' },
)

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The index that was last fetched.')),
    ...commonStatus,
    url: Type.Optional(text('Address that always serves the newest index.')),
  },
  { description: 'What was last observed of the repository.' },
)

/** What a HelmRepository asks for. */
export interface HelmRepositorySpec extends Static<typeof spec> {}
/** What was last observed of a HelmRepository. */
export interface HelmRepositoryStatus extends Static<typeof status> {}

/** A repository of Helm charts. */
export interface HelmRepository extends ApiObject {
  spec: HelmRepositorySpec
  status?: HelmRepositoryStatus
}

/** All that the CRD of HelmRepository says. */
export const helmRepositoryDefinition: KindDefinition = {
  kind: helmRepositoryKind,
  singular: 'helmrepository',
  shortNames: ['helmrepo'],
  categories: sourceCategories,
  columns: [{ name: 'URL', type: 'string', jsonPath: '.spec.url' }, ageColumn, readyColumn, statusColumn],
  description: 'HelmRepository makes an artifact of the index of a repository of Helm charts.',
  spec,
  status,
  statusDefault: unobserved,
}
