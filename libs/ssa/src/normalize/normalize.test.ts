// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { normalizeObject, withCommonMetadata } from './normalize.ts'
import { isEncryptedSecret } from './secret.ts'

const labelGroup = 'kustomize.toolkit.fluxcd.io'

function of(apiVersion: string, kind: string, rest: Record<string, unknown>): KubeObject {
  return { apiVersion, kind, metadata: { name: 'x', namespace: 'n' }, ...rest }
}

const without = { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }
const withTcp = {
  ports: [
    { containerPort: 80, protocol: 'TCP' },
    { containerPort: 53, protocol: 'UDP' },
  ],
}
const pod = (container: object) => ({ containers: [container, { name: 'no-ports' }], initContainers: [container] })
const template = (container: object) => ({ template: { spec: pod(container) } })

/** A self-signed certificate. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUYq2awrRaVAEV+w2wtJfyzyKwQuMwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBdDAgFw0yNjExMjExMDU2MDdaGA8yMTI2MTAyODEwNTYwN1ow
DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJemM+wQQJk6
jSJL4ckyAa9uQUh/Tc5oeUWFD79ANuxB7z+gVwRU9sIO7T48WguYQyoWh29paP+Y
hJSHTTN7dTqjUzBRMB0GA1UdDgQWBBQ7yj9xYRSqs2J+xLf2/cNOmfWY9jAfBgNV
HSMEGDAWgBQ7yj9xYRSqs2J+xLf2/cNOmfWY9jAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIFF+k/pxBaHlkG36raPKoRKq7CGfsCoYFf7/R1TMLg0F
AiEA/XEDvHmU4uPAqZArAkXKiW8xTCfU771Yrq+KGdu4SE0=
-----END CERTIFICATE-----
`

function crd(caBundle: string | undefined): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'x' },
    spec: { conversion: { webhook: { clientConfig: caBundle === undefined ? {} : { caBundle } } } },
    status: { storedVersions: [] },
  }
}

describe('normalizeObject', () => {
  it.each([
    ['Pod', of('v1', 'Pod', { spec: pod(without) }), of('v1', 'Pod', { spec: pod(withTcp) })],
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind): [string, KubeObject, KubeObject] => [
      kind,
      of('apps/v1', kind, { spec: template(without) }),
      of('apps/v1', kind, { spec: template(withTcp) }),
    ]),
    [
      'Job',
      of('batch/v1', 'Job', { spec: template(without) }),
      of('batch/v1', 'Job', { spec: { template: { metadata: {}, spec: pod(withTcp) } } }),
    ],
    [
      'CronJob',
      of('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: template(without) } } }),
      of('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: template(withTcp) } } }),
    ],
    [
      'Service',
      of('v1', 'Service', {
        spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }, { port: 1, protocol: '' }] },
      }),
      of('v1', 'Service', {
        spec: {
          ports: [
            { port: 80, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
            { port: 1, protocol: 'TCP' },
          ],
        },
      }),
    ],
    [
      'a kind of the same name in another group',
      of('example.com/v1', 'Service', { spec: { ports: [{ port: 80 }] } }),
      undefined,
    ],
    ['a Service without ports', of('v1', 'Service', { spec: { type: 'ExternalName' } }), undefined],
    ['ports of a wrong type', of('v1', 'Service', { spec: { ports: 'none' } }), undefined],
    [
      'nulls of built-in kinds',
      of('apps/v1', 'Deployment', {
        spec: {
          replicas: null,
          template: { spec: { containers: [{ name: 'a', env: null }], nodeSelector: { a: null } } },
        },
      }),
      of('apps/v1', 'Deployment', {
        spec: { template: { spec: { containers: [{ name: 'a' }], nodeSelector: { a: '' } } } },
      }),
    ],
    [
      'nulls in a ConfigMap',
      of('v1', 'ConfigMap', { data: { a: null, b: 'c' } }),
      of('v1', 'ConfigMap', { data: { a: '', b: 'c' } }),
    ],
    ['nulls of custom resources, which are kept', of('example.com/v1', 'Widget', { spec: { size: null } }), undefined],
    ['nulls of Roles, which Flux keeps', of('rbac.authorization.k8s.io/v1', 'Role', { rules: null }), undefined],
    [
      'status',
      of('example.com/v1', 'Widget', { spec: {}, status: { a: 1 } }),
      of('example.com/v1', 'Widget', { spec: {} }),
    ],
    [
      'stringData, which wins',
      of('v1', 'Secret', { data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'new', c: 'ü' } }),
      of('v1', 'Secret', { data: { a: 'bmV3', b: 'Yg==', c: 'w7w=' } }),
    ],
    ['empty stringData', of('v1', 'Secret', { stringData: {} }), of('v1', 'Secret', {})],
    ['stringData of a wrong type', of('v1', 'Secret', { stringData: { a: 1 } }), undefined],
  ])('%s', (_name, input, output) => {
    const before = structuredClone(input)
    expect(normalizeObject(input)).toEqual(output ?? before)
    expect(input).toEqual(before)
  })

  it('drops creationTimestamp, null or not', () => {
    const object = of('example.com/v1', 'Widget', {})
    const dated = (creationTimestamp: unknown) => ({ ...object, metadata: { ...object.metadata, creationTimestamp } })
    expect(normalizeObject(dated(null) as unknown as KubeObject)).toEqual(object)
    expect(normalizeObject(dated('2026-01-01T00:00:00Z') as KubeObject)).toEqual(object)
  })

  it.each([
    ['absent', undefined, undefined],
    ['empty', '', ''],
    ['not base64', 'Cg==\u0000', undefined],
    ['a placeholder', Buffer.from('\n').toString('base64'), undefined],
    ['a certificate', Buffer.from(certificate).toString('base64'), Buffer.from(certificate).toString('base64')],
    ['a broken certificate', Buffer.from(certificate.replace('MII', 'MIJ')).toString('base64'), undefined],
    [
      'text around a certificate',
      Buffer.from(`a\n${certificate}b\n`).toString('base64'),
      Buffer.from(`a\n${certificate}b\n`).toString('base64'),
    ],
  ])('treats a CRD caBundle that is %s as Flux does, and keeps its status', (_name, bundle, kept) => {
    expect(normalizeObject(crd(bundle))).toEqual(crd(kept))
  })

  it('leaves an object that needs nothing as it is', () => {
    const object = of('apps/v1', 'Deployment', { spec: template(withTcp) })
    expect(normalizeObject(object)).toEqual(object)
  })
})

describe('the pod template of a Job', () => {
  const template = (metadata?: object) => ({
    ...(metadata === undefined ? {} : { metadata }),
    spec: { containers: [] },
  })
  const normalized = (kind: string, metadata?: object) =>
    normalizeObject(of('batch/v1', kind, { spec: { template: template(metadata) } }))['spec']

  it('has metadata, as Flux sends it: labels that the server put there stay', () => {
    expect(normalized('Job')).toEqual({ template: template({}) })
    expect(normalized('Job', { labels: { a: 'b' } })).toEqual({ template: template({ labels: { a: 'b' } }) })
    expect(normalizeObject(of('batch/v1', 'Job', { spec: {} }))['spec']).toEqual({})
  })

  it('is that of a Job alone', () => {
    expect(normalizeObject(of('batch/v1', 'Else', { spec: { template: template() } }))['spec']).toEqual({
      template: template(),
    })
  })
})

describe('withCommonMetadata', () => {
  it('wins over what is there, and adds no empty maps', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { a: '1', b: '1' } } }
    expect(withCommonMetadata(object, { labels: { b: '2' } }).metadata).toEqual({
      name: 'x',
      labels: { a: '1', b: '2' },
    })
    expect(withCommonMetadata(object, { annotations: { c: '3' } }).metadata.annotations).toEqual({ c: '3' })
  })
})

describe('isEncryptedSecret', () => {
  it.each([
    [of('v1', 'Secret', { sops: {} }), true],
    [of('v1', 'Secret', {}), false],
    [of('v1', 'ConfigMap', { sops: {} }), false],
    [
      {
        ...of('v1', 'Secret', { sops: {} }),
        metadata: { name: 'x', annotations: { [`${labelGroup}/decrypt`]: 'Disabled' } },
      },
      false,
    ],
  ])('%j: %s', (object, expected) => expect(isEncryptedSecret(object, labelGroup)).toBe(expected))
})
