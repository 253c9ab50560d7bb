// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import { choice, flag, list, stringMap, text } from '../../schema/fields.ts'
import { localReference } from '../../schema/shapes.ts'

/** Picks objects, as Kustomize does. */
export const selector = (description: string) =>
  Type.Object(
    {
      annotationSelector: Type.Optional(text('Selects by annotations, in the syntax of label selectors.')),
      group: Type.Optional(text('API group, a regular expression.')),
      kind: Type.Optional(text('Kind, a regular expression.')),
      labelSelector: Type.Optional(text('Selects by labels.')),
      name: Type.Optional(text('Name, a regular expression.')),
      namespace: Type.Optional(text('Namespace, a regular expression.')),
      version: Type.Optional(text('API version, a regular expression.')),
    },
    { description },
  )

/** An entry of `spec.images`. */
export const image = Type.Object(
  {
    digest: Type.Optional(text('Digest that replaces the tag; newTag is then not used.')),
    name: text('Name of the image, without a tag.'),
    newName: Type.Optional(text('Name that replaces it.')),
    newTag: Type.Optional(text('Tag that replaces the one it has.')),
  },
  { description: 'An image that is renamed, tagged or pinned.' },
)

/** An entry of `spec.patches`. */
export const patch = Type.Object(
  {
    patch: text('The patch: a strategic merge patch, or a list of JSON 6902 operations, in YAML or JSON.'),
    target: Type.Optional(selector('The objects that the patch is applied to.')),
  },
  { description: 'A patch.' },
)

/** `spec.commonMetadata`. */
export const commonMetadata = Type.Object(
  {
    annotations: Type.Optional(stringMap('Annotations that every object gets; they win over its own.')),
    labels: Type.Optional(stringMap('Labels that every object gets; they win over its own.')),
  },
  { description: 'Metadata that every object gets.' },
)

/** `spec.decryption`. */
export const decryption = Type.Object(
  {
    provider: choice('What the files were encrypted with.', ['sops']),
    secretRef: Type.Optional(localReference('Secret with the keys.')),
    serviceAccountName: Type.Optional(text('ServiceAccount that stands for this object at the key service.')),
  },
  { description: 'Decryption of files before the build.' },
)

/** An entry of `spec.postBuild.substituteFrom`. */
export const substituteReference = Type.Object(
  {
    kind: choice('Kind of the object.', ['Secret', 'ConfigMap']),
    name: text('Name of the object, in the same namespace.', { minLength: 1, maxLength: 253 }),
    optional: Type.Optional(flag('Whether the object may be missing.', { default: false })),
  },
  { description: 'An object whose data are variables.' },
)

/** `spec.postBuild`. */
export const postBuild = Type.Object(
  {
    substitute: Type.Optional(stringMap('Variables and their values; they win over those of substituteFrom.')),
    substituteFrom: Type.Optional(
      list('ConfigMaps and Secrets whose data are variables; later ones win.', substituteReference),
    ),
    substituteStrategy: Type.Optional(
      choice(
        'Whether text is substituted only when there is a variable (WithVariables, the default), or in any case.',
        ['WithVariables', 'Always'],
      ),
    ),
  },
  { description: 'Substitution of variables in the built objects.' },
)
