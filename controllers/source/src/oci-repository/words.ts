// SPDX-License-Identifier: Apache-2.0
import { originRevisionAnnotation, originSourceAnnotation } from '@tidelock/api'
import type { Artifact, OCIRepository } from '@tidelock/api'
import { formatReference } from '@tidelock/oci'
import type { Checked, SourceWords } from '../skeleton/adapter.ts'
import type { Upstream } from './upstream.ts'

/** Flux's messages of this kind. */
export const ociWords: SourceWords<OCIRepository, Upstream> = {
  outdated: (_obj: OCIRepository, { revision, upstream }: Checked<Upstream>): string =>
    `new revision '${revision}' for '${formatReference(upstream.name, upstream.reference)}'`,
  stored: ({ revision }: Artifact): string => `stored artifact for digest '${revision}'`,
  event: ({ spec, status }: OCIRepository): string => {
    const { revision = '', metadata = {} } = status?.artifact ?? {}
    const [origin, originRevision] = [metadata[originSourceAnnotation] ?? '', metadata[originRevisionAnnotation] ?? '']
    const tail =
      origin === '' || originRevision === '' ? '' : `, origin source '${origin}', origin revision '${originRevision}'`
    return `stored artifact with revision '${revision}' from '${spec.url}'${tail}`
  },
}
