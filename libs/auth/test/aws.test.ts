// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { awsCredentialsOf, decryptWithAwsKms, getClusterAccess, parseAwsCredentials } from '../src/index.ts'
import type { AwsSource } from '../src/index.ts'
import { dataKey, jsonError, roleKey, serveAws, stsError, userKey } from './aws-service.ts'
import { account, going, testCache, testDeps } from './deps.ts'
import { verifyPresigned } from './sigv4.ts'

const arn = 'arn:aws:kms:eu-west-1:123456789012:key/612d5f0a-1111-2222-aca6-a5b005693a48'
const role = 'arn:aws:iam::123456789012:role/decrypt'
const cluster = 'arn:aws:eks:eu-west-1:123456789012:cluster/prod'
const annotated = { 'eks.amazonaws.com/role-arn': role }
const encFor = (context: Record<string, string> = {}): string =>
  Buffer.from(`${arn}|${JSON.stringify(context)}`).toString('base64')
const fixed: AwsSource = () =>
  Promise.resolve(
    parseAwsCredentials(
      Buffer.from(`aws_access_key_id: ${userKey.accessKeyId}\naws_secret_access_key: ${userKey.secretAccessKey}\n`),
    ),
  )

test("KMS decrypts with the Secret's credentials and the encryption context", async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL_KMS: service.url } })
  const context = { app: 'shop', stage: 'prod' }
  const key = { arn, context, enc: encFor(context) }
  expect(Buffer.from(await decryptWithAwsKms(key, fixed, deps, going))).toEqual(dataKey)
  expect(service.seen).toHaveLength(1)
})

test('a role of the key is assumed first, once for all keys while its credentials last', async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url }, cache: testCache() })
  const key = { arn, role, context: {}, enc: encFor() }
  await decryptWithAwsKms(key, fixed, deps, going)
  await decryptWithAwsKms(key, fixed, deps, going)
  const [assume, ...decrypts] = service.seen
  expect(Object.fromEntries(new URLSearchParams(assume?.body))).toMatchObject({
    Action: 'AssumeRole',
    RoleArn: role,
    RoleSessionName: 'sops@kustomize-controller-0',
  })
  expect(decrypts.map(({ headers }) => headers['x-amz-security-token'])).toEqual([
    roleKey.sessionToken,
    roleKey.sessionToken,
  ])
  // all clients share their connections
  expect(service.connections()).toBe(1)
})

test("a ServiceAccount's token is exchanged for its role", async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url }, cache: testCache() })
  const asked: string[] = []
  const source = awsCredentialsOf(account(annotated, asked), deps)
  const key = { arn, context: {}, enc: encFor() }
  await decryptWithAwsKms(key, source, deps, going)
  await decryptWithAwsKms(key, source, deps, going)
  expect(asked).toEqual(['sts.amazonaws.com'])
  expect(Object.fromEntries(new URLSearchParams(service.seen[0]?.body))).toMatchObject({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: role,
    RoleSessionName: 'decryptor.apps.eu-west-1.fluxcd.io',
    WebIdentityToken: 'jwt-for-sts.amazonaws.com',
  })
  expect(service.seen).toHaveLength(3)
})

test('the controller uses what its environment yields', async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url } })
  const before = { ...process.env }
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: userKey.accessKeyId, AWS_SECRET_ACCESS_KEY: userKey.secretAccessKey })
  try {
    const source = awsCredentialsOf({ kind: 'controller' }, deps)
    const key = { arn, context: {}, enc: encFor() }
    expect(Buffer.from(await decryptWithAwsKms(key, source, deps, going))).toEqual(dataKey)
  } finally {
    process.env = before
  }
})

test('an EKS cluster is described, and its token is a signed request that STS would accept', async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url } })
  const asked: string[] = []
  const identity = account(annotated, asked)
  const request = { provider: 'aws', cluster, audiences: ['ours', 'theirs'], identity }
  const access = await getClusterAccess(request, deps, going)
  expect(asked).toEqual(['ours theirs'])
  expect(access).toMatchObject({
    server: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com',
    caData: '-----BEGIN CERTIFICATE-----',
  })
  expect(access.expiresAtMs - Date.now()).toBeLessThanOrEqual(15 * 60_000)
  const [prefix, encoded = ''] = access.token.split('.')
  expect(prefix).toBe('k8s-aws-v1')
  const url = new URL(Buffer.from(encoded, 'base64url').toString('utf8'))
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Expires': '900',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
  })
  expect(verifyPresigned(url, { 'x-k8s-aws-id': 'prod' }, [roleKey])).toEqual({ service: 'sts', region: 'eu-west-1' })
  expect(() => verifyPresigned(url, { 'x-k8s-aws-id': 'other' }, [roleKey])).toThrow('signature')
})

test('with address and authority given EKS is not asked, and STS is that of the partition', async () => {
  await using service = await serveAws()
  const deps = testDeps({ env: { AWS_ENDPOINT_URL_EKS: 'http://127.0.0.1:1' }, cache: testCache() })
  const source = { provider: 'aws', audiences: [], address: 'https://eks.internal', caCert: 'PEM' }
  const before = { ...process.env }
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: userKey.accessKeyId, AWS_SECRET_ACCESS_KEY: userKey.secretAccessKey })
  try {
    const request = {
      ...source,
      cluster: cluster.replace('arn:aws:', 'arn:aws-cn:'),
      identity: { kind: 'controller' },
    } as const
    const access = await getClusterAccess(request, deps, going)
    expect(access).toMatchObject({ server: 'https://eks.internal', caData: 'PEM' })
    const url = new URL(Buffer.from(access.token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8'))
    expect(url.host).toBe('sts.eu-west-1.amazonaws.com.cn')
    expect(await getClusterAccess(request, deps, going)).toBe(access)
  } finally {
    process.env = before
  }
  expect(service.seen).toEqual([])
})

test.each([
  [
    jsonError(400, 'AccessDeniedException', 'User: arn:aws:iam::1:user/u is not authorized to perform: kms:Decrypt'),
    'AccessDenied',
    1,
  ],
  [jsonError(400, 'NotFoundException', 'Key does not exist'), 'NotFound', 1],
  [jsonError(400, 'InvalidCiphertextException', ''), 'Rejected', 1],
  [jsonError(400, 'ThrottlingException', 'Rate exceeded'), 'Unavailable', 3],
  [jsonError(503, 'ServiceUnavailableException', 'later'), 'Unavailable', 3],
  [jsonError(400, 'InvalidSignatureException', 'x-amz-security-token:role-session-token'), 'AccessDenied', 1],
])('%j becomes %s after %d tries', async (answer, code, tries) => {
  await using service = await serveAws((request) =>
    request.headers['x-amz-target'] === 'TrentService.Decrypt' ? answer : undefined,
  )
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url } })
  const key = { arn, role, context: {}, enc: encFor() }
  const error = await decryptWithAwsKms(key, fixed, deps, going).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code })
  expect(errorMessage(error)).toContain(arn)
  expect(errorMessage(error)).not.toMatch(/(?:user|role)-(?:secret|session)-/)
  expect(service.seen.filter(({ headers }) => headers['x-amz-target'] !== undefined)).toHaveLength(tries)
})

test('a refused token of a ServiceAccount is told with the account and the role, without the token', async () => {
  await using service = await serveAws(() =>
    stsError(400, 'InvalidIdentityToken', 'no OpenIDConnect provider for jwt-for-sts.amazonaws.com'),
  )
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url } })
  const source = awsCredentialsOf(account(annotated), deps)
  const error = await source('eu-west-1', going).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'AccessDenied' })
  const message = errorMessage(error)
  expect(message).toContain('ServiceAccount/apps/decryptor')
  expect(message).toContain(role)
  expect(message).not.toContain('jwt-for')
})

test('no service there: unavailable; an aborted signal: its reason', async () => {
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } })
  const key = { arn, context: {}, enc: encFor() }
  await expect(decryptWithAwsKms(key, fixed, deps, going)).rejects.toMatchObject({ code: 'Unavailable' })
  const reason = new Error('the run was ended')
  await using service = await serveAws(() => jsonError(503, 'ServiceUnavailableException', ''))
  const aborting = new AbortController()
  const waiting = decryptWithAwsKms(key, fixed, testDeps({ env: { AWS_ENDPOINT_URL: service.url } }), aborting.signal)
  aborting.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

test.each([
  ['- a list', 'CredentialsInvalid'],
  ['aws_access_key_id: AKIA', 'CredentialsInvalid'],
  ['{broken', 'CredentialsInvalid'],
])('sops.aws-kms with %j is refused without quoting it', (text, code) => {
  const parse = (): unknown => parseAwsCredentials(Buffer.from(text))
  expect(parse).toThrow(expect.objectContaining({ code }))
  expect(parse).not.toThrow(text)
})

test.each([
  ['arn:aws:kms:eu-west-1:12:alias/x', true],
  ['arn:aws-us-gov:kms:us-gov-west-1:12:key/x', true],
  ['arn:aws:kms:evil.example.com/:12:key/x', false],
  ['arn:aws:s3:::bucket', false],
])('%s is a key: %s', async (name, good) => {
  const region = new Promise<string>((resolve) => {
    const source: AwsSource = (asked) => {
      resolve(asked)
      return Promise.reject(new Error('enough'))
    }
    decryptWithAwsKms({ arn: name, context: {}, enc: '' }, source, testDeps(), going).catch((error: unknown) =>
      resolve(String((error as { code?: string }).code)),
    )
  })
  expect(await region).toBe(good ? name.split(':')[3] : 'KeyInvalid')
})

test.each([{}, { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::x:user/u' }])('%j names no role', async (annotations) => {
  const source = awsCredentialsOf(account(annotations), testDeps())
  await expect(async () => source('eu-west-1', going)).rejects.toMatchObject({ code: 'IdentityInvalid' })
})
