// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from '@jest/globals'
import { crds, validate } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { createNamespace, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { bucket, chart, git, helmRepository, kustomization, objectOf, oci, samples } from './samples.ts'
import type { Sample } from './samples.ts'

let client: TestCluster['client']
let namespace = ''

beforeAll(async () => {
  client = (await testCluster()).client
  await installCrds(client)
  namespace = await createNamespace(client)
})

interface LiveCrd extends KubeObject {
  spec: { names: object; versions: { schema: object; additionalPrinterColumns: object }[] }
  status?: { conditions?: { type: string; status: string; message: string }[] }
}

describe('the API server', () => {
  it('accepts every CRD, serves it, and stores all of it', async () => {
    for (const crd of await crds()) {
      const live = await client.get<LiveCrd>({ apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name })
      const conditions = (live.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`)
      expect(conditions).toEqual(expect.arrayContaining(['NamesAccepted=True', 'Established=True']))
      // NonStructuralSchema and KubernetesAPIApprovalPolicyConformant appear only to complain
      expect(conditions).toHaveLength(2)
      expect(live.spec.versions[0]?.schema).toEqual(crd.spec.versions[0]?.schema)
      expect(live.spec.versions[0]?.additionalPrinterColumns).toEqual(crd.spec.versions[0]?.additionalPrinterColumns)
      expect(live.spec.names).toEqual(crd.spec.names)
    }
  })

  it.each(samples.map((sample) => [sample.kind.kind, sample] as const))(
    'fills in the defaults of %s',
    async (_kind, sample) => {
      const object = objectOf(sample, namespace)
      const created = await client.create(object)
      expect(created['spec']).toEqual({ ...sample.spec, ...sample.defaults })
      expect(created['status']).toEqual(sample.status)
      expect(await validate(sample.kind, created)).toEqual([])
    },
  )

  it('fills in the defaults inside of optional fields', async () => {
    const secretRef = { name: 'keys' }
    const cases: [Sample, object, object][] = [
      [git, { verify: { secretRef } }, { verify: { mode: 'HEAD', secretRef } }],
      [oci, { verify: { secretRef } }, { verify: { provider: 'cosign', secretRef } }],
      [chart, { verify: { secretRef } }, { verify: { provider: 'cosign', secretRef } }],
      [
        kustomization,
        { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'vars' }] } },
        { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'vars', optional: false }] } },
      ],
    ]
    for (const [sample, changes, expected] of cases) {
      const created = await client.create(objectOf(sample, namespace, changes as Record<string, unknown>, 'inner'), {
        dryRun: true,
      })
      expect(created['spec']).toMatchObject(expected)
    }
  })
})

type Case<Rest extends unknown[]> = [Sample, Record<string, unknown>, ...Rest]

/** Puts a short title before each case. */
function titled<Rest extends unknown[]>(cases: Case<Rest>[]): [string, ...Case<Rest>][] {
  return cases.map(([sample, changes, ...rest]) => {
    const title = `${sample.kind.kind} ${JSON.stringify(changes, (_key, value: unknown) => value ?? 'absent').slice(0, 120)}`
    return [title, sample, changes, ...rest]
  })
}

const ref = { name: 'x' }
const aws = { endpoint: 'https://sts.example.com', provider: 'aws' }
const ldap = { endpoint: 'https://sts.example.com', provider: 'ldap' }

describe('CEL rules', () => {
  const oneReference = 'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified'
  it.each(
    titled<[string]>([
      [git, { serviceAccountName: 'x' }, "serviceAccountName can only be set when provider is 'azure' or 'aws'"],
      [
        git,
        { serviceAccountName: 'x', provider: 'github' },
        "serviceAccountName can only be set when provider is 'azure' or 'aws'",
      ],
      [
        chart,
        { sourceRef: { kind: 'Bucket', name: 'x' }, verify: { provider: 'cosign' } },
        "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
      ],
      [
        bucket,
        { provider: 'gcp', sts: aws },
        "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
      ],
      [
        bucket,
        { provider: 'aws', sts: ldap },
        "'aws' is the only supported STS provider for the 'aws' Bucket provider",
      ],
      [bucket, { sts: aws }, "'ldap' is the only supported STS provider for the 'generic' Bucket provider"],
      [
        bucket,
        { provider: 'aws', sts: { ...aws, secretRef: ref } },
        "spec.sts.secretRef is not required for the 'aws' STS provider",
      ],
      [
        bucket,
        { provider: 'aws', sts: { ...aws, certSecretRef: ref } },
        "spec.sts.certSecretRef is not required for the 'aws' STS provider",
      ],
      [bucket, { serviceAccountName: 'x' }, "ServiceAccountName is not supported for the 'generic' Bucket provider"],
      [
        bucket,
        { provider: 'aws', serviceAccountName: 'x', secretRef: ref },
        'cannot set both .spec.secretRef and .spec.serviceAccountName',
      ],
      [kustomization, { kubeConfig: {} }, oneReference],
      [kustomization, { kubeConfig: { secretRef: ref, configMapRef: ref } }, oneReference],
    ]),
  )('refuse %s', async (_title, sample, changes, message) => {
    const object = objectOf(sample, namespace, changes, 'refused')
    await expect(client.create(object, { dryRun: true })).rejects.toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining(message),
    })
    expect(await validate(sample.kind, object)).toEqual([])
  })
  it.each(
    titled<[]>([
      [git, { serviceAccountName: 'x', provider: 'aws' }],
      [git, { serviceAccountName: 'x', provider: 'azure' }],
      [chart, { verify: { provider: 'notation' } }],
      [bucket, { provider: 'aws', sts: aws }],
      [bucket, { sts: { ...ldap, secretRef: ref, certSecretRef: ref } }],
      [bucket, { provider: 'azure', serviceAccountName: 'x' }],
      [bucket, { provider: 'aws', secretRef: ref }],
      [kustomization, { kubeConfig: { secretRef: { name: 'x', key: 'k' } } }],
      [kustomization, { kubeConfig: { configMapRef: ref } }],
    ]),
  )('accept %s', async (_title, sample, changes) => {
    const object = objectOf(sample, namespace, changes, 'accepted')
    await expect(client.create(object, { dryRun: true })).resolves.toMatchObject({ spec: changes })
    expect(await validate(sample.kind, object)).toEqual([])
  })
})

describe('field rules', () => {
  // what is refused, and the field that both the API server and our own validator name
  it.each(
    titled<[string]>([
      [git, { interval: undefined }, 'spec.interval'],
      [git, { url: undefined }, 'spec.url'],
      [git, { interval: '1d' }, 'spec.interval'],
      [git, { interval: '-1m' }, 'spec.interval'],
      [git, { interval: '' }, 'spec.interval'],
      [git, { timeout: '1h' }, 'spec.timeout'],
      [git, { url: 'git@example.com:fleet' }, 'spec.url'],
      [git, { provider: 'gitlab' }, 'spec.provider'],
      [git, { verify: { mode: 'tag', secretRef: ref } }, 'spec.verify.mode'],
      [git, { verify: {} }, 'spec.verify.secretRef'],
      [git, { include: [{ repository: {} }] }, 'spec.include[0].repository.name'],
      [git, { suspend: 'true' }, 'spec.suspend'],
      [git, { sparseCheckout: 'dir' }, 'spec.sparseCheckout'],
      [oci, { url: 'https://example.com/fleet' }, 'spec.url'],
      [oci, { provider: 'github' }, 'spec.provider'],
      [oci, { layerSelector: { operation: 'unpack' } }, 'spec.layerSelector.operation'],
      [oci, { verify: { provider: 'gpg' } }, 'spec.verify.provider'],
      [oci, { verify: { matchOIDCIdentity: [{ issuer: 'x' }] } }, 'spec.verify.matchOIDCIdentity[0].subject'],
      [helmRepository, { url: 'ftp://example.com' }, 'spec.url'],
      [helmRepository, { type: 'git' }, 'spec.type'],
      [helmRepository, { timeout: '1h' }, 'spec.timeout'],
      [helmRepository, { accessFrom: {} }, 'spec.accessFrom.namespaceSelectors'],
      [chart, { chart: undefined }, 'spec.chart'],
      [chart, { reconcileStrategy: 'Always' }, 'spec.reconcileStrategy'],
      [chart, { sourceRef: { kind: 'OCIRepository', name: 'x' } }, 'spec.sourceRef.kind'],
      [bucket, { endpoint: undefined }, 'spec.endpoint'],
      [bucket, { bucketName: undefined }, 'spec.bucketName'],
      [bucket, { provider: 'minio' }, 'spec.provider'],
      [bucket, { provider: 'aws', sts: { endpoint: 'sts.example.com', provider: 'aws' } }, 'spec.sts.endpoint'],
      [kustomization, { prune: undefined }, 'spec.prune'],
      [kustomization, { sourceRef: undefined }, 'spec.sourceRef'],
      [kustomization, { sourceRef: { kind: 'HelmRepository', name: 'x' } }, 'spec.sourceRef.kind'],
      [kustomization, { retryInterval: '1 m' }, 'spec.retryInterval'],
      [kustomization, { timeout: '1m1' }, 'spec.timeout'],
      [kustomization, { deletionPolicy: 'Keep' }, 'spec.deletionPolicy'],
      [kustomization, { buildMetadata: ['all'] }, 'spec.buildMetadata[0]'],
      [kustomization, { namePrefix: '' }, 'spec.namePrefix'],
      [kustomization, { nameSuffix: 'x'.repeat(201) }, 'spec.nameSuffix'],
      [kustomization, { targetNamespace: 'x'.repeat(64) }, 'spec.targetNamespace'],
      [kustomization, { decryption: { provider: 'pgp' } }, 'spec.decryption.provider'],
      [kustomization, { healthChecks: [{ kind: 'Deployment' }] }, 'spec.healthChecks[0].name'],
      [kustomization, { healthCheckExprs: [{ apiVersion: 'v1' }] }, 'spec.healthCheckExprs[0].current'],
      [kustomization, { ignore: [{}] }, 'spec.ignore[0].paths'],
      [kustomization, { images: [{ newTag: '1' }] }, 'spec.images[0].name'],
      [kustomization, { patches: [{}] }, 'spec.patches[0].patch'],
      [kustomization, { postBuild: { substituteStrategy: 'Never' } }, 'spec.postBuild.substituteStrategy'],
      [
        kustomization,
        { postBuild: { substituteFrom: [{ kind: 'Pod', name: 'x' }] } },
        'spec.postBuild.substituteFrom[0].kind',
      ],
      [
        kustomization,
        { postBuild: { substituteFrom: [{ kind: 'Secret', name: '' }] } },
        'spec.postBuild.substituteFrom[0].name',
      ],
      [kustomization, { postBuild: { substitute: { a: 1 } } }, 'spec.postBuild.substitute.a'],
      [kustomization, { dependsOn: [{ namespace: 'x' }] }, 'spec.dependsOn[0].name'],
    ]),
  )('refuse %s', async (_title, sample, changes, field) => {
    const object = objectOf(sample, namespace, changes, 'refused')
    await expect(client.create(object, { dryRun: true })).rejects.toMatchObject({
      code: 'Invalid',
      causes: expect.arrayContaining([expect.objectContaining({ field })]),
    })
    expect((await validate(sample.kind, object)).map(({ path }) => path)).toEqual([field])
  })

  it.each(samples.map((sample) => [sample.kind.kind, sample] as const))(
    'of the status of %s',
    async (_kind, sample) => {
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'Ok',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }
      const artifact = {
        digest: 'sha256:00',
        lastUpdateTime: '2026-01-01T00:00:00Z',
        path: 'p',
        revision: 'r',
        url: 'http://example.com/p',
      }
      const { apiVersion, kind: kindName, metadata } = objectOf(sample, namespace, {}, 'status')
      await client.create(objectOf(sample, namespace, {}, 'status'))
      const patch = (status: object) =>
        client.patch(
          { apiVersion, kind: kindName, ...metadata },
          { type: 'merge', subresource: 'status', body: { status } },
        )
      const hasArtifact = sample.kind !== kustomization.kind
      const good = { conditions: [condition], ...(hasArtifact ? { artifact } : {}) }
      expect((await patch(good))['status']).toMatchObject(good)
      const bad: [object, string][] = [
        [{ conditions: [{ ...condition, reason: 'not ok' }] }, 'status.conditions[0].reason'],
        [{ conditions: [{ ...condition, type: 'a b' }] }, 'status.conditions[0].type'],
        [{ conditions: [{ ...condition, status: 'Maybe' }] }, 'status.conditions[0].status'],
        [{ conditions: [{ ...condition, observedGeneration: -1 }] }, 'status.conditions[0].observedGeneration'],
        [{ conditions: [{ ...condition, lastTransitionTime: 'now' }] }, 'status.conditions[0].lastTransitionTime'],
        [{ conditions: [{ ...condition, message: 'x'.repeat(32769) }] }, 'status.conditions[0].message'],
      ]
      if (hasArtifact) bad.push([{ artifact: { ...artifact, digest: 'abc' } }, 'status.artifact.digest'])
      for (const [status, field] of bad) {
        await expect(patch(status)).rejects.toMatchObject({
          code: 'Invalid',
          causes: expect.arrayContaining([expect.objectContaining({ field })]),
        })
      }
    },
  )

  it('names unknown fields when asked to be strict, as our validator does', async () => {
    const object = objectOf(git, namespace, { ref: { brnch: 'x' } }, 'strict')
    await expect(client.create(object, { dryRun: true, fieldValidation: 'Strict' })).rejects.toMatchObject({
      code: 'BadRequest',
      message: expect.stringContaining('unknown field "spec.ref.brnch"'),
    })
    expect(await validate(git.kind, object)).toEqual([
      { path: 'spec.ref.brnch', message: 'is not a known field: did you mean branch?' },
    ])
  })
})
