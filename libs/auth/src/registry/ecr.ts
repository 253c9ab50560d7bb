// SPDX-License-Identifier: Apache-2.0
import { secretsOf } from '../aws/aws-error.ts'
import { endpointOf } from '../aws/client-config.ts'
import { awsCredentialsOf, identityOf } from '../aws/credentials.ts'
import type { AwsCredentials } from '../aws/credentials.ts'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { sendJson, textAt } from '../send-json.ts'
import type { RegistryCredentials } from './types.ts'

const publicHost = 'public.ecr.aws'
const privateHost =
  /^[0-9]{1,20}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]{1,40})\.(amazonaws\.com(?:\.cn)?|amazonaws\.eu|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|on\.aws)$/
const roleKey = 'eks.amazonaws.com/role-arn'

/** The service that gives out tokens for a registry. */
interface EcrService {
  readonly region: string
  readonly signingName: 'ecr' | 'ecr-public'
  readonly url: string
  readonly target: string
}

/** Elastic Container Registry: a token of 12 hours, for all repositories that the identity may read there. */
export async function ecrCredentials(
  registry: string,
  identity: Identity,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<RegistryCredentials> {
  const service = serviceOf(registry, deps)
  const role = identity.kind === 'controller' ? undefined : identity.annotations[roleKey]
  const parts = { registry: service.signingName, ...identityParts(identity), role, region: service.region }
  const create = async (): Promise<RegistryCredentials> => {
    const credentials = await awsCredentialsOf(identity, deps)(service.region, signal)
    return requestToken(service, credentials, deps, signal)
  }
  return cached(parts, create, deps, signal)
}

function serviceOf(registry: string, deps: AuthDeps): EcrService {
  if (registry === publicHost) {
    return {
      region: 'us-east-1',
      signingName: 'ecr-public',
      url: endpointOf('ECR_PUBLIC', deps) ?? 'https://api.ecr-public.us-east-1.amazonaws.com',
      target: 'SpencerFrontendService.GetAuthorizationToken',
    }
  }
  const [, region, suffix] = privateHost.exec(registry) ?? []
  if (region === undefined || suffix === undefined) {
    throw new AuthError(
      'RegistryInvalid',
      `invalid AWS registry: '${registry}': want <account>.dkr.ecr.<region>.amazonaws.com or ${publicHost}`,
    )
  }
  const domain = suffix === 'on.aws' ? 'amazonaws.com' : suffix
  return {
    region,
    signingName: 'ecr',
    url: endpointOf('ECR', deps) ?? `https://api.ecr.${region}.${domain}`,
    target: 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  }
}

async function requestToken(
  service: EcrService,
  credentials: AwsCredentials,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<RegistryCredentials> {
  const subject = `AWS registry token in ${service.region}`
  const body = {}
  const answer = await sendJson(
    deps.http,
    {
      ...{ subject, method: 'POST', url: `${service.url}/`, body },
      headers: await sign(service, credentials, JSON.stringify(body), deps),
      secrets: secretsOf(credentials),
      reason: (refusal) =>
        [textAt(refusal, '__type')?.split('#').at(-1), textAt(refusal, 'message') ?? textAt(refusal, 'Message')]
          .filter((part) => part !== undefined)
          .join(': ') || undefined,
    },
    deps,
    signal,
  )
  return readToken(answer['authorizationData'], subject)
}

async function sign(
  { region, signingName, url, target }: EcrService,
  credentials: AwsCredentials,
  body: string,
  deps: AuthDeps,
): Promise<Record<string, string>> {
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const { HttpRequest } = await import('@smithy/protocol-http')
  const { Sha256 } = await import('@aws-crypto/sha256-js')
  const { protocol, hostname, port, host } = new URL(url)
  const signer = new SignatureV4({
    service: signingName,
    region,
    credentials: identityOf(credentials),
    sha256: Sha256,
  })
  const signed = await signer.sign(
    new HttpRequest({
      ...{ method: 'POST', protocol, hostname, path: '/', body },
      ...(port === '' ? {} : { port: Number(port) }),
      headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    }),
    { signingDate: new Date(deps.clock.now()) },
  )
  return signed.headers
}

function readToken(data: unknown, subject: string): RegistryCredentials {
  const invalid = (): AuthError => new AuthError('ProtocolError', `${subject}: the answer holds no token`)
  const { authorizationToken, expiresAt } = ((Array.isArray(data) ? data[0] : data) ?? {}) as Record<string, unknown>
  if (typeof authorizationToken !== 'string' || typeof expiresAt !== 'number') throw invalid()
  const [username, password, ...more] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':')
  if (username === undefined || password === undefined || more.length > 0) throw invalid()
  return { username, password, expiresAtMs: expiresAt * 1000 }
}
