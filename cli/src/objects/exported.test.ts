// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { alertKind, kustomizationKind } from '@tidelock/api'
import type { JsonObject, Kind } from '@tidelock/api'
import { requireKind } from '../kinds/kinds.ts'
import type { Listed } from '../kinds/listed.ts'
import { toExported, toExportedSecret } from './exported.ts'

/** The exported spec. The expectations are what flux 2.9.5 exports of such objects. */
function exportedSpec(kind: Kind, spec: JsonObject): unknown {
  return toExported(requireKind(kind), { metadata: { name: 'a', namespace: 'b' }, spec })['spec']
}

describe('toExported', () => {
  it('writes fields as Go does', () => {
    const given = {
      ...{ interval: '1h', timeout: '90s', retryInterval: '1m', path: '', force: false, wait: true, components: [] },
      ...{ prune: false, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
      postBuild: { substitute: { a: '', b: 'true' }, substituteFrom: [{ kind: 'Secret', name: 'x', optional: false }] },
    }
    expect(exportedSpec(kustomizationKind, given)).toEqual({
      ...{ interval: '1h0m0s', timeout: '1m30s', retryInterval: '1m0s', wait: true, prune: false },
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      postBuild: { substitute: { a: '', b: 'true' }, substituteFrom: [{ kind: 'Secret', name: 'x' }] },
    })
    expect(exportedSpec(alertKind, { eventMetadata: {}, suspend: false, summary: 'x' })).toEqual({ summary: 'x' })
    expect(exportedSpec(kustomizationKind, { interval: 'soon', decryption: {} })).toEqual({
      ...{ interval: 'soon', decryption: {} },
    })
  })

  it('leaves out what the cluster added', () => {
    const metadata = { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1', labels: {}, annotations: { x: 'y' } }
    const object: Listed = { apiVersion: 'any', kind: 'any', metadata, status: {}, spec: {} }
    expect(toExported(requireKind(alertKind), object)).toEqual({
      ...{ apiVersion: 'notification.toolkit.fluxcd.io/v1beta3', kind: 'Alert', spec: {} },
      metadata: { name: 'a', namespace: 'b', annotations: { x: 'y' } },
    })
  })

  it('writes Secrets without labels', () => {
    const metadata = { name: 'a', namespace: 'b', labels: { x: 'y' } }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { k: 'eA==' } }
    expect(toExportedSecret(secret)).toEqual({ ...secret, metadata: { name: 'a', namespace: 'b' } })
  })
})
