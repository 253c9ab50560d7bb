// SPDX-License-Identifier: Apache-2.0
import {
  apiVersionOf,
  bucketKind,
  externalArtifactKind,
  gitRepositoryKind,
  helmChartKind,
  helmRepositoryKind,
  kustomizationKind,
  ociRepositoryKind,
} from '@tidelock/api'
import type { Kind } from '@tidelock/api'

/** The least that each kind takes, and the specification and status that the API server makes of it. */
export interface Sample {
  readonly kind: Kind
  readonly spec: Readonly<Record<string, unknown>>
  readonly defaults: Readonly<Record<string, unknown>>
  readonly status: Readonly<Record<string, unknown>> | undefined
}

const unobserved = { observedGeneration: -1 }

export const git: Sample = {
  kind: gitRepositoryKind,
  spec: { interval: '1m', url: 'https://example.com/fleet' },
  defaults: { timeout: '60s' },
  status: unobserved,
}
export const oci: Sample = {
  kind: ociRepositoryKind,
  spec: { interval: '1m', url: 'oci://example.com/fleet' },
  defaults: { provider: 'generic', timeout: '60s' },
  status: unobserved,
}
export const helmRepository: Sample = {
  kind: helmRepositoryKind,
  spec: { url: 'https://example.com/charts' },
  defaults: { provider: 'generic' },
  status: unobserved,
}
export const chart: Sample = {
  kind: helmChartKind,
  spec: { chart: 'podinfo', interval: '1m', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
  defaults: { reconcileStrategy: 'ChartVersion', version: '*' },
  status: unobserved,
}
export const bucket: Sample = {
  kind: bucketKind,
  spec: { bucketName: 'fleet', endpoint: 's3.example.com', interval: '1m' },
  defaults: { provider: 'generic', timeout: '60s' },
  status: unobserved,
}
const external: Sample = { kind: externalArtifactKind, spec: {}, defaults: {}, status: undefined }
export const kustomization: Sample = {
  kind: kustomizationKind,
  spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
  defaults: { force: false },
  status: unobserved,
}

export const samples: readonly Sample[] = [git, oci, helmRepository, chart, bucket, external, kustomization]

/** An object of the kind with the sample's specification and these changes to it; an undefined field is left out. */
export function objectOf(
  sample: Sample,
  namespace: string,
  changes: Readonly<Record<string, unknown>> = {},
  name = 'sample',
) {
  const spec = Object.fromEntries(
    Object.entries({ ...sample.spec, ...changes }).filter(([, value]) => value !== undefined),
  )
  return { apiVersion: apiVersionOf(sample.kind), kind: sample.kind.kind, metadata: { namespace, name }, spec }
}
