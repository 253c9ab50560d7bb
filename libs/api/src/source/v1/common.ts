// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import { choice, list, text } from '../../schema/fields.ts'
import { localReference } from '../../schema/shapes.ts'

/** Categories that `kubectl get` finds every source in. */
export const sourceCategories: readonly string[] = ['all', 'fluxcd', 'fluxcd-sources']

/** How an OCI artifact's signature is verified. */
export const ociVerificationFields = {
  matchOIDCIdentity: Type.Optional(
    list(
      'Identities of which one must have signed, when the signature is keyless.',
      Type.Object(
        {
          issuer: text('Regular expression that the issuer of the identity must match.'),
          subject: text('Regular expression that the subject of the identity must match.'),
        },
        { description: 'An identity by its issuer and subject.' },
      ),
    ),
  ),
  provider: choice('The technology that the artifact was signed with.', ['cosign', 'notation'], { default: 'cosign' }),
  secretRef: Type.Optional(localReference('Secret with the trusted public keys or the trust policy.')),
}
