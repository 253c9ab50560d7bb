// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import { choice, list, text, withRules } from '../../schema/fields.ts'
import { localReference } from '../../schema/shapes.ts'
import { selector } from './build-fields.ts'

/** An entry of `spec.dependsOn`. */
export const dependency = Type.Object(
  {
    name: text('Name of the Kustomization.'),
    namespace: Type.Optional(text('Namespace of the Kustomization. Default: that of this object.')),
    readyExpr: Type.Optional(
      text('CEL expression over self and dep that says whether the dependency is ready, instead of its own state.'),
    ),
  },
  { description: 'A Kustomization that must be ready first.' },
)

/** An entry of `spec.healthCheckExprs`. */
export const healthCheckExpression = Type.Object(
  {
    apiVersion: text('API version of the objects; only its group counts.'),
    current: text('CEL expression that is true when the object is ready.'),
    failed: Type.Optional(text('CEL expression that is true when the object has failed.')),
    inProgress: Type.Optional(text('CEL expression that is true while the object is on its way.')),
    kind: Type.Optional(text('Kind of the objects. Default: every kind of the group.')),
  },
  { description: 'How the health of a custom kind is told.' },
)

/** An entry of `spec.healthChecks`. */
export const healthCheck = Type.Object(
  {
    apiVersion: Type.Optional(text('API version of the object. Default: apps/v1.')),
    kind: text('Kind of the object.'),
    name: text('Name of the object.'),
    namespace: Type.Optional(text('Namespace of the object.')),
  },
  { description: 'An object that is waited for.' },
)

/** An entry of `spec.ignore`. */
export const ignoreRule = Type.Object(
  {
    paths: list('JSON pointers (RFC 6901) to the fields.', text('A JSON pointer.')),
    target: Type.Optional(selector('The objects. Default: all.')),
  },
  { description: 'Fields that are neither compared nor applied.' },
)

const oneReference = 'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified'

/** `spec.kubeConfig`. */
export const kubeConfig = Type.Object(
  {
    configMapRef: Type.Optional(
      localReference('ConfigMap that says how to sign in to the cluster by workload identity.'),
    ),
    secretRef: Type.Optional(
      Type.Object(
        {
          key: Type.Optional(text('Key of the kubeconfig in the Secret. Default: value, then value.yaml.')),
          name: text('Name of the Secret.'),
        },
        { description: 'Secret with a kubeconfig.' },
      ),
    ),
  },
  {
    description: 'Another cluster that is applied to.',
    ...withRules(
      { message: oneReference, rule: 'has(self.configMapRef) || has(self.secretRef)' },
      { message: oneReference, rule: '!has(self.configMapRef) || !has(self.secretRef)' },
    ),
  },
)

/** `spec.sourceRef`. */
export const sourceReference = Type.Object(
  {
    apiVersion: Type.Optional(text('API version of the source.')),
    kind: choice('Kind of the source.', ['OCIRepository', 'GitRepository', 'Bucket', 'ExternalArtifact']),
    name: text('Name of the source.'),
    namespace: Type.Optional(text('Namespace of the source. Default: that of this object.')),
  },
  { description: 'The source whose artifact is built and applied.' },
)
