// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import { choice, stringMap, text } from '../schema/fields.ts'

/** Categories that `kubectl get` finds every kind of the group in. */
export const notificationCategories: readonly string[] = ['all', 'fluxcd', 'fluxcd-notifications']

/** Fields that name objects, one or all of a kind, in any namespace. */
export const objectReferenceFields = {
  apiVersion: Type.Optional(text('API version of the objects.')),
  kind: choice('Kind of the objects.', [
    'Bucket',
    'GitRepository',
    'Kustomization',
    'HelmRelease',
    'HelmChart',
    'HelmRepository',
    'ImageRepository',
    'ImagePolicy',
    'ImageUpdateAutomation',
    'OCIRepository',
    'ArtifactGenerator',
    'ExternalArtifact',
  ]),
  matchLabels: Type.Optional(stringMap('Labels that the objects must have, all of them.')),
  name: text('Name of the object, * for all.', { minLength: 1, maxLength: 253 }),
  namespace: Type.Optional(
    text('Namespace of the objects. Default: that of this object.', { minLength: 1, maxLength: 253 }),
  ),
}
