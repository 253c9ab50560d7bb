// SPDX-License-Identifier: Apache-2.0
import type { Artifact, OCIRepository } from '@tidelock/api'
import { formatReference } from '@tidelock/oci'
import type { Checked, SourceWords } from '../skeleton/adapter.ts'
import type { Upstream } from './upstream.ts'

/** Who made an artifact and of what, as `flux push artifact` notes it. */
const sourceAnnotation = 'org.opencontainers.image.source'
const revisionAnnotation = 'org.opencontainers.image.revision'

/** Flux's messages of this kind. */
export const ociWords: SourceWords<OCIRepository, Upstream> = {
  outdated: (_obj: OCIRepository, { revision, upstream }: Checked<Upstream>): string =>
    `new revision '${revision}' for '${formatReference(upstream.name, upstream.reference)}'`,
  stored: ({ revision }: Artifact): string => `stored artifact for digest '${revision}'`,
  event: ({ spec, status }: OCIRepository): string => {
    const { revision = '', metadata = {} } = status?.artifact ?? {}
    const [origin, originRevision] = [metadata[sourceAnnotation] ?? '', metadata[revisionAnnotation] ?? '']
    const tail =
      origin === '' || originRevision === '' ? '' : `, origin source '${origin}', origin revision '${originRevision}'`
    return `stored artifact with revision '${revision}' from '${spec.url}'${tail}`
  },
}
