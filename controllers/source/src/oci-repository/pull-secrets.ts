// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import { decodeSecret } from '@tidelock/kube'
import type { KubeClient, SecretObject } from '@tidelock/kube'
import { findCredentials, parseDockerConfig } from '@tidelock/oci'
import type { Credentials, DockerConfigEntry, RepositoryName } from '@tidelock/oci'

interface ServiceAccount extends KubeObject {
  imagePullSecrets?: readonly { name?: string }[]
}

/** Where pull secrets are looked for. */
export interface PullSecretSource {
  readonly client: KubeClient
  readonly namespace: string
  readonly signal: AbortSignal
}

/** The pull secret that `spec.secretRef` names. Throws with Flux's wording. */
export function readPullSecret({ client, namespace, signal }: PullSecretSource, name: string): Promise<SecretObject> {
  return getSecret(client, namespace, name, signal)
}

/** The pull secrets that a ServiceAccount names, in its order. Throws with Flux's wording. */
export async function readAccountSecrets(
  { client, namespace, signal }: PullSecretSource,
  name: string,
): Promise<SecretObject[]> {
  const account = await getAccount(client, namespace, name, signal)
  const secrets: SecretObject[] = []
  for (const { name: secret = '' } of account.imagePullSecrets ?? []) {
    try {
      secrets.push(await getSecret(client, namespace, secret, signal))
    } catch (cause) {
      const message = `failed to get image pull secret for serviceaccount '${namespace}/${name}'`
      throw new Error(message, { cause })
    }
  }
  return secrets
}

/**
 * The credentials that pull secrets have for a repository; undefined for none. Secrets of other types are passed over, as Kubernetes
 * does. Throws when one cannot be read.
 */
export function credentialsFrom(secrets: readonly SecretObject[], repository: RepositoryName): Credentials | undefined {
  const entries: DockerConfigEntry[] = []
  for (const secret of secrets) {
    const data = decodeSecret(secret)
    const [current = '', legacy = ''] = ['.dockerconfigjson', '.dockercfg'].map((key) =>
      data.get(key)?.toString('utf8'),
    )
    if (secret.type === 'kubernetes.io/dockerconfigjson' && current !== '') entries.push(...parseDockerConfig(current))
    else if (secret.type === 'kubernetes.io/dockercfg' && legacy !== '')
      entries.push(...parseDockerConfig(legacy, 'legacy'))
  }
  return findCredentials(entries, repository)
}

async function getSecret(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<SecretObject> {
  try {
    return await client.get<SecretObject>({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(`failed to get secret '${namespace}/${name}'`, { cause })
  }
}

async function getAccount(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ServiceAccount> {
  try {
    return await client.get<ServiceAccount>({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    if (hasCode(cause, 'NotFound')) throw new Error(`serviceaccount '${namespace}/${name}' not found`, { cause })
    throw new Error(`failed to get serviceaccount '${namespace}/${name}'`, { cause })
  }
}
