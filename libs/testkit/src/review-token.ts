// SPDX-License-Identifier: Apache-2.0
import type { KubeClient } from '@tidelock/kube'

/** Asks the API server whose token of a ServiceAccount it is; undefined where it is not good for the audience. */
export async function reviewToken(token: string, audience: string, client: KubeClient): Promise<string | undefined> {
  const { body } = await client.raw({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    }),
  })
  const { status } = JSON.parse(body) as { status?: { authenticated?: boolean; user?: { username?: string } } }
  return status?.authenticated === true ? status.user?.username : undefined
}
