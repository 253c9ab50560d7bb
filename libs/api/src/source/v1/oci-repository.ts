// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, text } from '../../schema/fields.ts'
import { ociUrlRule } from '../../schema/patterns.ts'
import { artifact, commonStatus, interval, localReference, timeout } from '../../schema/shapes.ts'
import { ociVerificationFields, sourceCategories } from './common.ts'
import { ociRepositoryKind } from './kinds.ts'

const layerSelector = Type.Object(
  {
    mediaType: Type.Optional(text('Media type of the layer; the first that matches is taken.')),
    operation: Type.Optional(
      choice('Whether the layer is unpacked and packed again, or stored as it is. Default: extract.', [
        'extract',
        'copy',
      ]),
    ),
  },
  { description: 'Which layer is used, and how. Default: the first is extracted.' },
)

const ref = Type.Object(
  {
    digest: Type.Optional(text('Digest of the image, as sha256:hex. Wins over all others.')),
    semver: Type.Optional(text('Range of versions among the tags, the newest is taken. Wins over tag.')),
    semverFilter: Type.Optional(text('Regular expression; tags that do not match it are not considered for semver.')),
    tag: Type.Optional(text('Tag of the image. Default: latest.')),
  },
  { description: 'What is pulled. Default: the tag latest.' },
)

const verification = Type.Object(
  {
    ...ociVerificationFields,
    trustedRootSecretRef: Type.Optional(
      localReference('Secret with a Sigstore trusted root (trusted_root.json) of a private Sigstore instance.'),
    ),
  },
  { description: 'Verification of the signature of the artifact.' },
)

const spec = Type.Object(
  {
    certSecretRef: Type.Optional(localReference('Secret with a client certificate, a certificate authority or both.')),
    ignore: Type.Optional(
      text('Paths left out of the artifact, in the syntax of .gitignore; replaces the default list.'),
    ),
    insecure: Type.Optional(flag('Whether a registry without TLS is accepted.')),
    interval: interval('How often the registry is looked at.'),
    layerSelector: Type.Optional(layerSelector),
    provider: Type.Optional(
      choice('Service whose credentials are used.', ['generic', 'aws', 'azure', 'gcp'], { default: 'generic' }),
    ),
    proxySecretRef: Type.Optional(localReference('Secret with the address and credentials of a proxy.')),
    ref: Type.Optional(ref),
    secretRef: Type.Optional(localReference('Secret with the credentials for the registry.')),
    serviceAccountName: Type.Optional(
      text('ServiceAccount whose pull secrets are used, or that stands for this object at the cloud provider.'),
    ),
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    timeout: Type.Optional(timeout('Limit for one remote registry operation.', { default: '60s' })),
    url: text('Address of the repository in the registry, as oci://host/path, without a tag.', {
      pattern: ociUrlRule.pattern,
    }),
    verify: Type.Optional(verification),
  },
  { description: 'The repository in the registry, and what is made of it.' },
)

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The file made from the last image that was pulled.')),
    ...commonStatus,
    observedIgnore: Type.Optional(text('The spec.ignore that the artifact was made with.')),
    observedLayerSelector: Type.Optional(layerSelector),
    url: Type.Optional(text('Address that always serves the newest artifact.')),
  },
  { description: 'What was last observed of the repository.' },
)

/** What an OCIRepository asks for. */
export interface OCIRepositorySpec extends Static<typeof spec> {}
/** What was last observed of an OCIRepository. */
export interface OCIRepositoryStatus extends Static<typeof status> {}
/** `spec.ref`: what is pulled. */
export interface OCIRepositoryRef extends Static<typeof ref> {}
/** `spec.layerSelector`. */
export interface OCILayerSelector extends Static<typeof layerSelector> {}
/** `spec.verify`. */
export interface OCIRepositoryVerification extends Static<typeof verification> {}

/** An OCI artifact as a source. */
export interface OCIRepository extends ApiObject {
  spec: OCIRepositorySpec
  status?: OCIRepositoryStatus
}

/** All that the CRD of OCIRepository says. */
export const ociRepositoryDefinition: KindDefinition = {
  kind: ociRepositoryKind,
  singular: 'ocirepository',
  shortNames: ['ocirepo'],
  categories: sourceCategories,
  columns: [{ name: 'URL', type: 'string', jsonPath: '.spec.url' }, readyColumn, statusColumn, ageColumn],
  description: 'OCIRepository makes an artifact of a layer of an image in an OCI registry.',
  spec,
  status,
  statusDefault: unobserved,
}
