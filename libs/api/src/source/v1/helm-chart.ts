// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, list, text, withRules } from '../../schema/fields.ts'
import { artifact, commonStatus, interval } from '../../schema/shapes.ts'
import { ociVerificationFields, sourceCategories } from './common.ts'
import { helmChartKind } from './kinds.ts'

const sourceRef = Type.Object(
  {
    apiVersion: Type.Optional(text('API version of the source.')),
    kind: choice('Kind of the source.', ['HelmRepository', 'GitRepository', 'Bucket']),
    name: text('Name of the source, in the same namespace.'),
  },
  { description: 'Where the chart comes from.' },
)

const spec = Type.Object(
  {
    chart: text('Name of the chart in a HelmRepository, or its path in the artifact of another source.'),
    ignoreMissingValuesFiles: Type.Optional(flag('Whether files of valuesFiles that do not exist are left out.')),
    interval: interval('How often the source is looked at for a newer chart.'),
    reconcileStrategy: Type.Optional(
      choice(
        'What counts as a new chart: another version of it, or another revision of its source. ' +
          'A HelmRepository always goes by version.',
        ['ChartVersion', 'Revision'],
        { default: 'ChartVersion' },
      ),
    ),
    sourceRef,
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    valuesFiles: Type.Optional(
      list(
        "Values files that are merged, the last one winning, into the chart's values.yaml; relative to the chart " +
          'in a HelmRepository, and to the root of the artifact in other sources.',
        text('A path.'),
      ),
    ),
    verify: Type.Optional(
      Type.Object(ociVerificationFields, {
        description: 'Verification of the signature of the chart. Only for a HelmRepository of type oci.',
      }),
    ),
    version: Type.Optional(
      text('Range of versions. Not used for charts of a GitRepository or Bucket.', { default: '*' }),
    ),
  },
  {
    description: 'The chart.',
    ...withRules({
      message: "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
      rule: "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
    }),
  },
)

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The chart that was last fetched or packaged.')),
    ...commonStatus,
    observedChartName: Type.Optional(text('Name of the chart that the artifact holds.')),
    observedSourceArtifactRevision: Type.Optional(text('Revision of the source that the artifact was made from.')),
    observedValuesFiles: Type.Optional(list('The values files that the artifact was made with.', text('A path.'))),
    url: Type.Optional(text('Address that always serves the newest artifact.')),
  },
  { description: 'What was last observed of the chart.' },
)

/** What a HelmChart asks for. */
export interface HelmChartSpec extends Static<typeof spec> {}
/** What was last observed of a HelmChart. */
export interface HelmChartStatus extends Static<typeof status> {}
/** `spec.sourceRef`: where the chart comes from. */
export interface HelmChartSourceReference extends Static<typeof sourceRef> {}

/** A Helm chart as a source. */
export interface HelmChart extends ApiObject {
  spec: HelmChartSpec
  status?: HelmChartStatus
}

/** All that the CRD of HelmChart says. */
export const helmChartDefinition: KindDefinition = {
  kind: helmChartKind,
  singular: 'helmchart',
  shortNames: ['hc'],
  categories: sourceCategories,
  columns: [
    { name: 'Chart', type: 'string', jsonPath: '.spec.chart' },
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Source Kind', type: 'string', jsonPath: '.spec.sourceRef.kind' },
    { name: 'Source Name', type: 'string', jsonPath: '.spec.sourceRef.name' },
    ageColumn,
    readyColumn,
    statusColumn,
  ],
  description: 'HelmChart makes an artifact of a Helm chart.',
  spec,
  status,
  statusDefault: unobserved,
}
