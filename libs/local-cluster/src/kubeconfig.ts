// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import { replaceFile } from './files.ts'

/** Who a kubeconfig speaks as: a bearer token, or PEM texts of a certificate and its key. */
export type KubeconfigUser = { readonly token: string } | { readonly cert: string; readonly key: string }

/** What goes into a kubeconfig. */
export interface KubeconfigContent {
  readonly server: string
  /** PEM text of the authority. */
  readonly ca: string
  readonly user: KubeconfigUser
  /** Absent: `default`, by kubectl's own rule. */
  readonly namespace?: string
}

/** Renders a kubeconfig with one cluster, one user and one context, everything inline. */
export function formatKubeconfig(content: KubeconfigContent): string {
  const { user } = content
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': toBase64(user.cert), 'client-key-data': toBase64(user.key) }
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'tidelock-local',
          cluster: { server: content.server, 'certificate-authority-data': toBase64(content.ca) },
        },
      ],
      users: [{ name: 'tidelock-local', user: credentials }],
      contexts: [
        {
          name: 'tidelock-local',
          context: {
            cluster: 'tidelock-local',
            user: 'tidelock-local',
            ...(content.namespace === undefined ? {} : { namespace: content.namespace }),
          },
        },
      ],
      'current-context': 'tidelock-local',
    },
    { lineWidth: 0 },
  )
}

/** Writes a kubeconfig with mode 0600, replacing the file in one step. */
export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  await replaceFile(path, formatKubeconfig(content), 0o600)
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
