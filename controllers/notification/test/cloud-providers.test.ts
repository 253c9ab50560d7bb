// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { Provider } from '@tidelock/api'
import { openAuth } from '@tidelock/auth'
import type { AccountCluster, OpenAuth } from '@tidelock/auth'
import { azureEventHub } from '../src/providers/azure-event-hub.ts'
import { createGooglePubSub } from '../src/providers/google-pubsub.ts'
import type { Notifier } from '../src/providers/notifier.ts'
import { checkServiceAccount, withCloudAuthorization } from '../src/sender/cloud-authorization.ts'
import { readDestination } from '../src/sender/destination.ts'
import type { Destination } from '../src/sender/destination.ts'
import { readEventHub } from '../src/sender/event-hub.ts'
import { createSender } from '../src/sender/sender.ts'
import type { Message } from '../src/sender/sender.ts'
import { alert, eventWith, providerOf, startService } from './wire.ts'
import type { Service } from './wire.ts'

const { signal } = new AbortController()
const tls = (name: string): string =>
  readFileSync(new URL(`../../../libs/http/testdata/tls/${name}`, import.meta.url), 'utf8')
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyFile = JSON.stringify({
  ...{ type: 'service_account', project_id: 'p', private_key_id: '1', client_email: 'push@p.iam.gserviceaccount.com' },
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
})
const tenant = '11111111-2222-3333-4444-555555555555'
const accounts: Readonly<Record<string, Record<string, string>>> = {
  'apps/azure': { 'azure.workload.identity/tenant-id': tenant, 'azure.workload.identity/client-id': 'client' },
  'apps/google': {
    'gcp.auth.fluxcd.io/workload-identity-provider':
      'projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
  },
}

/** An API server with ServiceAccounts, whose tokens say for whom and what they are. */
const client: AccountCluster = {
  find: async ({ namespace, name }) => {
    const annotations = accounts[`${namespace}/${name}`]
    return annotations === undefined ? undefined : { metadata: { annotations } }
  },
  createToken: async ({ namespace, name }, { audiences }) => ({
    token: `jwt of ${namespace}/${name} for ${audiences.join()}`,
    expiresAtMs: Date.now() + 3_600_000,
  }),
  raw: () => Promise.reject(new Error('not asked')),
}

/** Entra ID: a token says for which client, assertion and scope it was issued. */
async function startEntra(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer({ cert: tls('server.crt'), key: tls('server.key') }, (request, response) => {
    const answer = async (): Promise<object> => {
      const base = `${url}/${tenant}`
      const endpoints = { token_endpoint: `${base}/token`, authorization_endpoint: `${base}/authorize` }
      if (request.url?.includes('openid-configuration') === true)
        return { ...endpoints, issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` }
      const form = new URLSearchParams(await text(request))
      const scope = form
        .get('scope')
        ?.split(' ')
        .find((each) => each.endsWith('.default'))
      const token = [form.get('client_id'), form.get('client_assertion'), scope].join('|')
      return { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token }
    }
    answer().then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, close }
}

let google: Service
let entra: Awaited<ReturnType<typeof startEntra>>
let auth: OpenAuth

beforeAll(async () => {
  entra = await startEntra()
  google = await startService({
    'POST /token': { body: { access_token: 'of the key', expires_in: 3600, token_type: 'Bearer' } },
    'POST /v1/token': { body: { access_token: 'of the account', expires_in: 3600, token_type: 'Bearer' } },
  })
  auth = await openAuth({
    ...{ env: { AZURE_AUTHORITY_HOST: entra.url }, clock: systemClock, userAgent: 'test', ca: tls('ca.crt') },
    ...{ cacheMaxSize: 0, cacheMaxDurationMs: 0 },
    googleOrigins: { 'oauth2.googleapis.com': google.url, 'sts.googleapis.com': google.url },
  })
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
  await google[Symbol.asyncDispose]()
  await entra.close()
})

function authorize(
  provider: Provider,
  secret: Record<string, string> = {},
  defaultServiceAccount = '',
  env = auth.env,
): Promise<Destination> {
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const deps = { ...auth, env }
  const dependencies = {
    auth: deps,
    identity: { client, defaultServiceAccount },
    userAgent: 'test',
    now: () => 1_000_000,
  }
  return withCloudAuthorization(provider, readDestination(provider, { secret: data, cert }), dependencies, signal)
}

/** A CA that the Provider trusts. */
const cert = new Map([['ca.crt', Buffer.from(tls('ca.crt'))]])
const topic = { address: 'project', channel: 'topic' }
const hub = { address: 'hub', channel: 'shop' }
const connection =
  'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0LWtleQ==;EntityPath=hub'
const repository = { address: 'https://dev.azure.com/org/project/_git/app' }
const assertion = 'jwt of apps/azure for api://AzureADTokenExchange'

describe('the authorization of a cloud', () => {
  it.each<[string, Provider, Record<string, string>, string]>([
    ['the JSON key of the Secret', providerOf('googlepubsub', topic), { token: keyFile }, 'Bearer of the key'],
    [
      'an account at Google',
      providerOf('googlepubsub', { ...topic, serviceAccountName: 'google' }),
      {},
      'Bearer of the account',
    ],
    ['a token of the Secret', providerOf('azureeventhub', hub), { token: 'static' }, 'Bearer static'],
    [
      'an account at Event Hubs',
      providerOf('azureeventhub', { ...hub, serviceAccountName: 'azure' }),
      {},
      `Bearer client|${assertion}|https://eventhubs.azure.net//.default`,
    ],
    [
      'an account at Azure DevOps',
      providerOf('azuredevops', { ...repository, serviceAccountName: 'azure' }),
      {},
      `Basic ${Buffer.from(`:client|${assertion}|499b84ac-1321-427f-aa17-267ca6975798/.default`).toString('base64')}`,
    ],
  ])('is given for %s', async (_what, provider, secret, authorization) => {
    expect((await authorize(provider, secret)).cloudAuthorization).toBe(authorization)
  })
  it('is a signature of an hour for a connection string', async () => {
    const { cloudAuthorization } = await authorize(providerOf('azureeventhub'), { address: connection })
    expect(cloudAuthorization).toMatch(/^SharedAccessSignature sr=https%3A%2F%2Fshop\.servicebus.*&se=4600&skn=send$/)
  })
  it.each([
    ['azuredevops', repository, 'azure', { token: 'pat' }],
    ['azureeventhub', hub, 'azure', { token: 'static' }],
    ['googlepubsub', topic, 'google', { token: keyFile }],
  ] as const)(
    'of %s by an identity goes to no server that the Provider alone trusts',
    async (type, spec, name, own) => {
      expect((await authorize(providerOf(type, { ...spec, serviceAccountName: name }))).tls).toEqual({})
      expect((await authorize(providerOf(type, spec), own)).tls).toMatchObject({ ca: expect.anything() })
    },
  )
  it('for a namespace of Event Hubs is used in the cloud that the controller is in', async () => {
    const env = { AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' }
    const provider = providerOf('azureeventhub', hub)
    const destination = await authorize(provider, { token: 'static' }, '', env)
    expect(readEventHub(destination).url).toBe('https://shop.servicebus.chinacloudapi.cn/hub')
  })
  it('is by the default account of the namespace where the Provider names none', async () => {
    const { cloudAuthorization } = await authorize(providerOf('googlepubsub', topic), {}, 'google')
    expect(cloudAuthorization).toBe('Bearer of the account')
  })
  it('is not asked for where a personal token is there, or for other types', async () => {
    const personal = await authorize(providerOf('azuredevops', repository), { token: 'pat' })
    expect(personal.cloudAuthorization).toBeUndefined()
    const other = await authorize(providerOf('generic', { address: 'https://h', serviceAccountName: 'azure' }))
    expect(other.cloudAuthorization).toBeUndefined()
  })
  it.each<[string, Provider, Record<string, string>, string]>([
    [
      'an account that is not there',
      providerOf('azureeventhub', { ...hub, serviceAccountName: 'gone' }),
      {},
      'apps/gone',
    ],
    [
      'an account that names no client',
      providerOf('azureeventhub', { ...hub, serviceAccountName: 'google' }),
      {},
      'azure.workload.identity',
    ],
    ['a key that is none', providerOf('googlepubsub', topic), { token: 'c2VjcmV0' }, 'the key token of the Secret'],
    [
      'a key of another kind, which could name files',
      providerOf('googlepubsub', topic),
      { token: '{"type":"external_account"}' },
      'service_account',
    ],
    [
      'two ways at once',
      providerOf('azureeventhub', { serviceAccountName: 'azure' }),
      { address: connection },
      'invalid authentication options',
    ],
    [
      'a repository elsewhere, which would get the token',
      providerOf('azuredevops', { address: 'https://evil.example/org/project/_git/app', serviceAccountName: 'azure' }),
      {},
      "'evil.example' is no repository of Azure DevOps",
    ],
  ])('refuses %s, and shows no secret', async (_what, provider, secret, part) => {
    const error = await authorize(provider, secret).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'InvalidConfig', message: expect.stringContaining(part) })
    expect(String(error)).not.toMatch(/c2VjcmV0|jwt of/)
  })
  it('asks for the gate before a Provider may name an account', () => {
    const named = providerOf('generic', { serviceAccountName: 'x' })
    expect(() => checkServiceAccount(named, false)).toThrow(/enable the ObjectLevelWorkloadIdentity feature gate/)
    expect(() => checkServiceAccount(named, true)).not.toThrow()
    expect(() => checkServiceAccount(providerOf('generic'), false)).not.toThrow()
  })
})

async function told(
  notifier: Notifier,
  provider: Provider,
  to: Partial<Destination>,
  secret: Record<string, string> = {},
) {
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const destination = { ...readDestination(provider, { secret: data }), ...to }
  const sender = createSender(destination, { userAgent: 'test', now: () => 0 })
  try {
    await notifier({ event: eventWith(), alert, provider }, destination, sender, signal)
  } finally {
    await sender.close()
  }
}

describe('googlepubsub', () => {
  const line = 'POST /v1/projects/project/topics/topic:publish'
  it('gets the event as a message, with the headers of the Secret as attributes', async () => {
    await using service = await startService()
    const notifier = createGooglePubSub(service.url)
    const provider = providerOf('googlepubsub', topic)
    const cloud = { cloudAuthorization: 'Bearer cloud-token' }
    await told(notifier, provider, cloud)
    await told(notifier, provider, cloud, { headers: 'team: shop\nnot a header: "yes"\n' })
    expect(service.received.map((request) => request.line)).toEqual([line, line])
    expect(service.received[0]?.headers.authorization).toBe('Bearer cloud-token')
    const data = Buffer.from(JSON.stringify(eventWith())).toString('base64')
    const [plain, withAttributes] = service.received.map(({ body }) => body as { messages: { data: string }[] })
    expect(JSON.parse(Buffer.from(plain?.messages[0]?.data ?? '', 'base64').toString())).toEqual(eventWith())
    expect(Buffer.from(data, 'base64').length).toBeGreaterThan(0)
    expect(withAttributes?.messages).toEqual([
      { data: plain?.messages[0]?.data, attributes: { team: 'shop', 'not a header': 'yes' } },
    ])
  })
  it('that refuses the token does not show it', async () => {
    await using service = await startService({ [line]: { status: 403, body: { error: 'no cloud-token' } } })
    const cloud = { cloudAuthorization: 'Bearer cloud-token' }
    const telling = told(createGooglePubSub(service.url), providerOf('googlepubsub', topic), cloud)
    const error = await telling.catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'Refused' })
    expect(String(error)).not.toContain('cloud-token')
  })
  it.each([
    [{ channel: 'topic' }, 'spec.address'],
    [{ address: 'project' }, 'spec.channel'],
    [{ address: 'a/b', channel: 'topic' }, 'spec.address'],
    [topic, 'no credentials'],
  ])('with %j says what is missing', async (spec, part) => {
    const telling = told(createGooglePubSub('http://127.0.0.1:1'), providerOf('googlepubsub', spec), {})
    await expect(telling).rejects.toMatchObject({ code: 'InvalidConfig', message: expect.stringContaining(part) })
  })
})

it('azureeventhub gets the event over HTTPS', async () => {
  const messages: Message[] = []
  const sender = {
    send: async (message: Message) => (messages.push(message), { status: 201, headers: {}, text: '' }),
    close: () => Promise.resolve(),
  }
  const provider = providerOf('azureeventhub', hub)
  const destination = { ...readDestination(provider, {}), cloudAuthorization: 'Bearer cloud-token' }
  await azureEventHub({ event: eventWith(), alert, provider }, destination, sender, signal)
  expect(messages).toEqual([
    {
      url: 'https://shop.servicebus.windows.net/hub/messages?timeout=60&api-version=2014-01',
      headers: {
        authorization: 'Bearer cloud-token',
        'content-type': 'application/atom+xml;type=entry;charset=utf-8',
      },
      body: expect.stringContaining('"message":"Applied revision"'),
    },
  ])
})
