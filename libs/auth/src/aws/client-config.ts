// SPDX-License-Identifier: Apache-2.0
import type { Agents, AuthDeps } from '../deps.ts'

/**
 * Settings that all clients of AWS share: bounds on time and tries, where the services are, and the connections. A client is never
 * destroyed: that would end the connections of all.
 */
export interface AwsClientConfig {
  readonly region: string
  readonly endpoint?: string
  readonly maxAttempts: number
  readonly requestHandler: {
    readonly connectionTimeout: number
    readonly requestTimeout: number
    readonly throwOnRequestTimeout: boolean
    readonly httpAgent: Agents['http']
    readonly httpsAgent: Agents['https']
  }
}

/** `service` as in `AWS_ENDPOINT_URL_<service>`, which is honoured as the AWS command does. */
export function clientConfig(service: 'KMS' | 'STS' | 'EKS', region: string, deps: AuthDeps): AwsClientConfig {
  const endpoint = endpointOf(service, deps)
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      httpAgent: deps.agents.http,
      httpsAgent: deps.agents.https,
    },
  }
}

/** The address that the environment gives a service. */
export function endpointOf(service: string, { env }: Pick<AuthDeps, 'env'>): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return undefined
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL']
  return endpoint === '' ? undefined : endpoint
}
