// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@tidelock/api'
import { KubeError } from './kube-error.ts'
import type { ClusterTarget } from './target.ts'
import { tokenFromFile } from './token-file.ts'

/** Where the kubelet mounts a pod's service account. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

type Env = Readonly<Record<string, string | undefined>>

/** Whether the process runs in a pod that can reach its API server. */
export function isInCluster(env: Env): boolean {
  return (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && (env['KUBERNETES_SERVICE_PORT'] ?? '') !== ''
}

/** The pod's own API server and service account. Throws ConfigInvalid outside of a pod or without a mounted account. */
export async function inClusterTarget(options: {
  readonly env: Env
  readonly directory: string
  readonly clock: Clock
}): Promise<ClusterTarget> {
  const { env, directory, clock } = options
  if (!isInCluster(env)) {
    throw new KubeError(
      'ConfigInvalid',
      'not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
    )
  }
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const token = tokenFromFile({ path: join(directory, 'token'), clock })
  await token()
  const namespace = await optional(join(directory, 'namespace'))
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT']}`,
    ca: await required(join(directory, 'ca.crt')),
    token,
    ...(namespace === undefined ? {} : { namespace }),
  }
}

async function required(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new KubeError('ConfigInvalid', `cannot read ${path}: does the pod mount its service account?`, {
      cause: error,
    })
  }
}

async function optional(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return undefined
  }
}
