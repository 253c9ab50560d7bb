// SPDX-License-Identifier: Apache-2.0
import { parseEksCluster, roleAnnotation } from '../aws/arn.ts'
import type { EksCluster } from '../aws/arn.ts'
import { awsError, secretsOf } from '../aws/aws-error.ts'
import { clientConfig, endpointOf } from '../aws/client-config.ts'
import { awsCredentialsOf, identityOf } from '../aws/credentials.ts'
import type { AwsCredentials } from '../aws/credentials.ts'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { serverOf } from './address.ts'
import type { ClusterAccess, ClusterRequest } from './types.ts'

// what EKS gives a token, whatever its own span says
const tokenLifeMs = 15 * 60_000

/** An EKS cluster: address and authority from EKS unless given, and a signed STS request as the token. */
export function getEksAccess(request: ClusterRequest, deps: AuthDeps, signal: AbortSignal): Promise<ClusterAccess> {
  const { cluster, address, caCert, identity } = request
  const parsed = parseEksCluster(cluster)
  const source = awsCredentialsOf(identity, deps)
  const role = identity.kind === 'controller' ? undefined : identity.annotations[roleAnnotation]
  const parts = { access: 'eks', ...identityParts(identity), role, cluster, address, caCert }
  const create = async (): Promise<ClusterAccess> => {
    const startedMs = deps.clock.now()
    const credentials = await source(parsed.region, signal)
    const given = { server: address || undefined, caData: caCert || undefined }
    const described =
      given.server === undefined || given.caData === undefined
        ? await describe(parsed, credentials, deps, signal)
        : undefined
    const caData = given.caData ?? described?.caData
    return {
      server: serverOf(given.server ?? described?.server ?? ''),
      ...(caData === undefined ? {} : { caData }),
      token: await signToken(parsed, credentials, deps),
      expiresAtMs: Math.min(startedMs + tokenLifeMs, credentials.expiresAtMs),
    }
  }
  return cached(parts, create, deps, signal)
}

async function describe(
  { name, region }: EksCluster,
  credentials: AwsCredentials,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<{ server: string; caData: string }> {
  const subject = `EKS cluster '${name}' in ${region}`
  const { EKSClient, DescribeClusterCommand } = await import('@aws-sdk/client-eks')
  const client = new EKSClient({ ...clientConfig('EKS', region, deps), credentials: identityOf(credentials) })
  try {
    const { cluster } = await client.send(new DescribeClusterCommand({ name }), { abortSignal: signal })
    const [server, ca] = [cluster?.endpoint, cluster?.certificateAuthority?.data]
    if (server === undefined || ca === undefined)
      throw new AuthError('ProtocolError', `${subject}: has no address or certificate authority yet`)
    return { server, caData: Buffer.from(ca, 'base64').toString('utf8') }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof AuthError ? error : awsError(subject, error, secretsOf(credentials))
  }
}

/** https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html#_controlling_access_to_eks_clusters */
async function signToken(cluster: EksCluster, credentials: AwsCredentials, deps: AuthDeps): Promise<string> {
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const { HttpRequest } = await import('@smithy/protocol-http')
  const { Sha256 } = await import('@aws-crypto/sha256-js')
  const url = new URL(endpointOf('STS', deps) ?? `https://sts.${cluster.region}.${dnsSuffix(cluster.partition)}`)
  const signer = new SignatureV4({
    service: 'sts',
    region: cluster.region,
    credentials: identityOf(credentials),
    sha256: Sha256,
  })
  const signed = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.host, 'x-k8s-aws-id': cluster.name },
    }),
    { expiresIn: tokenLifeMs / 1000, signingDate: new Date(deps.clock.now()) },
  )
  const query = Object.entries(signed.query ?? {}).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  )
  const target = `${url.protocol}//${url.host}/?${query.join('&')}`
  return `k8s-aws-v1.${Buffer.from(target, 'utf8').toString('base64url')}`
}

const suffixes: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
}

function dnsSuffix(partition: string): string {
  return suffixes[partition] ?? 'amazonaws.com'
}
