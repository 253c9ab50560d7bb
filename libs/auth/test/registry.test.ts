// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { createHttpClient } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import { getRegistryCredentials } from '../src/index.ts'
import { roleKey, serveAws } from './aws-service.ts'
import { ca, clientId, serveAzure, tenant } from './azure-service.ts'
import { account, going, testCache, testDeps, thrown } from './deps.ts'
import { email, serveGoogle } from './gcp-service.ts'
import { serve } from './serve.ts'
import type { Service } from './serve.ts'
import { verifyHeaders } from './sigv4.ts'

const role = 'arn:aws:iam::123456789012:role/pull'
const aws = account({ 'eks.amazonaws.com/role-arn': role })
const azure = account({ 'azure.workload.identity/tenant-id': tenant, 'azure.workload.identity/client-id': clientId })
const pool = 'projects/1/locations/global/workloadIdentityPools/pool/providers/flux'
const audience = `//iam.googleapis.com/${pool}`
const google = account({
  'gcp.auth.fluxcd.io/workload-identity-provider': pool,
  'iam.gke.io/gcp-service-account': email,
})

/** ECR, with STS beside it. */
function serveEcr(authorizationData: unknown): Promise<Service> {
  return serveAws((request) => {
    if (!String(request.headers['x-amz-target']).endsWith('.GetAuthorizationToken')) return undefined
    const { service, region } = verifyHeaders(request, [roleKey])
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1' || request.body !== '{}')
      throw new Error('not as AWS wants it')
    return { body: { authorizationData, seen: `${service} ${region}` } }
  })
}

const ecrToken = { authorizationToken: Buffer.from('AWS:the-token').toString('base64'), expiresAt: 4_000_000_000.5 }

test.each<[string, unknown, string]>([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', [ecrToken], 'AmazonEC2ContainerRegistry_V20150921'],
  ['123456789012.dkr-ecr.us-east-1.on.aws', [ecrToken], 'AmazonEC2ContainerRegistry_V20150921'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', [ecrToken], 'AmazonEC2ContainerRegistry_V20150921'],
  ['public.ecr.aws', ecrToken, 'SpencerFrontendService'],
])('AWS gives a token for %s, once while it lasts', async (registry, data, target) => {
  await using service = await serveEcr(data)
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url }, cache: testCache() })
  const request = { provider: 'aws' as const, registry, identity: aws }
  const expected = { username: 'AWS', password: 'the-token', expiresAtMs: 4_000_000_000_500 }
  expect(await getRegistryCredentials(request, deps, going)).toEqual(expected)
  await getRegistryCredentials(request, deps, going)
  const asked = service.seen.filter(({ headers }) => headers['x-amz-target'] !== undefined)
  expect(asked.map(({ headers }) => headers['x-amz-target'])).toEqual([`${target}.GetAuthorizationToken`])
})

test('what AWS refuses is told without its secrets', async () => {
  await using service = await serveAws((request) =>
    request.headers['x-amz-target'] === undefined
      ? undefined
      : {
          status: 400,
          body: { __type: 'com.amazonaws#AccessDeniedException', message: `no, ${roleKey.sessionToken}` },
        },
  )
  const deps = testDeps({ env: { AWS_ENDPOINT_URL: service.url } })
  const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const error = await thrown(getRegistryCredentials({ provider: 'aws', registry, identity: aws }, deps, going))
  expect(errorMessage(error)).toMatch(/^AWS registry token in eu-west-1: .*AccessDeniedException: no, /)
  expect(errorMessage(error)).not.toContain(roleKey.sessionToken)
})

/** Sends what is meant for the registry to the service that stands for it. */
function rerouted(origin: string, service: Service): HttpClient {
  const inner = createHttpClient({ userAgent: 'tidelock-test', ca })
  return {
    request: (request) => inner.request({ ...request, url: request.url.replace(origin, service.url) }),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  }
}

test("Azure's token is exchanged for one of the registry, once while it lasts", async () => {
  await using entra = await serveAzure()
  const claims = Buffer.from(JSON.stringify({ exp: 4_000_000_000 })).toString('base64url')
  await using registry = await serve((request) => {
    const form = Object.fromEntries(new URLSearchParams(request.body))
    const good = form['access_token'] === 'aad:https://containerregistry.azure.net/.default'
    if (!good || form['service'] !== 'app.azurecr.io' || request.url !== '/oauth2/exchange') return { status: 401 }
    return { body: { refresh_token: `h.${claims}.s` } }
  })
  const http = rerouted('https://app.azurecr.io', registry)
  const deps = testDeps({ env: { AZURE_AUTHORITY_HOST: entra.url }, ca, http, cache: testCache() })
  const request = { provider: 'azure' as const, registry: 'app.azurecr.io', identity: azure }
  const expected = {
    username: '00000000-0000-0000-0000-000000000000',
    password: `h.${claims}.s`,
    expiresAtMs: 4_000_000_000_000,
  }
  expect(await getRegistryCredentials(request, deps, going)).toEqual(expected)
  expect(await getRegistryCredentials(request, deps, going)).toEqual(expected)
  expect(registry.seen).toHaveLength(1)
})

test.each<[object, RegExp]>([
  [
    { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'AAD token was refused' }] } },
    /AAD token was refused/,
  ],
  [{ body: {} }, /holds no token/],
  [{ body: { refresh_token: 'no.jwt' } }, /does not say when it ends/],
])('an answer %j of an Azure registry is refused', async (answer, message) => {
  await using entra = await serveAzure()
  await using registry = await serve(() => answer)
  const http = rerouted('https://app.azurecr.io', registry)
  const deps = testDeps({ env: { AZURE_AUTHORITY_HOST: entra.url }, ca, http })
  const request = { provider: 'azure' as const, registry: 'app.azurecr.io', identity: azure }
  const error = await thrown(getRegistryCredentials(request, deps, going))
  expect(errorMessage(error)).toMatch(message)
  expect(errorMessage(error)).not.toContain('aad:')
})

test("Google's registries take an access token", async () => {
  await using service = await serveGoogle({ [`jwt-for-${audience}`]: audience })
  const deps = testDeps({ googleOrigins: service.origins })
  for (const registry of ['gcr.io', 'eu.gcr.io', 'europe-west1-docker.pkg.dev']) {
    const request = { provider: 'gcp' as const, registry, identity: google }
    expect(await getRegistryCredentials(request, deps, going)).toMatchObject({
      username: 'oauth2accesstoken',
      password: 'ya29.impersonated',
    })
  }
})

test.each<['aws' | 'azure' | 'gcp', string]>([
  ['aws', '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example'],
  ['aws', 'ghcr.io'],
  ['azure', 'app.azurecr.io.evil.example'],
  ['azure', 'app.azurecr.io:8443'],
  ['gcp', 'evilgcr.io'],
  ['gcp', 'gcr.io.evil.example'],
])('the credentials of %s are not for %s', async (provider, registry) => {
  const identity = account({})
  await expect(getRegistryCredentials({ provider, registry, identity }, testDeps(), going)).rejects.toMatchObject({
    code: 'RegistryInvalid',
  })
})
