// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Clock } from '@tidelock/api'
import { invalid } from './kubeconfig.ts'
import type { SelectedContext } from './kubeconfig.ts'
import type { ClusterTarget } from './target.ts'

/** What a credential plugin gives: a token that it renews, or a client certificate, or both. */
export type PluginCredential = Pick<ClusterTarget, 'token' | 'cert' | 'key'>

interface RequestCredential {
  headers: Record<string, string>
  cert?: string
  key?: string
}

/** The plugin keeps its own token until it expires; asking it again within this time is spared. */
const holdMs = 10_000

/**
 * Runs the user's `exec` or `auth-provider` plugin by @kubernetes/client-node, which is loaded only here: it costs 90 MB.
 * Throws ConfigInvalid if the plugin fails or gives nothing.
 */
export async function credentialPlugin(selected: SelectedContext, clock: Clock): Promise<PluginCredential> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const text = configText(selected)
  const load = (): InstanceType<typeof KubeConfig> => {
    const config = new KubeConfig()
    config.loadFromString(text)
    return config
  }
  let config = load()
  let held: { readonly credential: RequestCredential; readonly readMs: number } | undefined
  const ask = async (refresh: boolean): Promise<RequestCredential> => {
    if (held !== undefined && !refresh && clock.monotonic() - held.readMs < holdMs) return held.credential
    // a new configuration has an empty cache, so the plugin runs again
    if (refresh) config = load()
    const credential: RequestCredential = { headers: {} }
    try {
      await config.applyToHTTPSOptions(credential)
    } catch (error) {
      throw invalid(
        selected.source,
        `the credential plugin of context '${selected.context}' failed: ${errorMessage(error)}`,
      )
    }
    held = { credential, readMs: clock.monotonic() }
    return credential
  }
  const first = await ask(false)
  const { cert, key } = first
  const hasToken = tokenOf(first) !== undefined
  if (!hasToken && cert === undefined) {
    throw invalid(
      selected.source,
      `the credential plugin of context '${selected.context}' gave neither token nor certificate`,
    )
  }
  return {
    ...(hasToken ? { token: async ({ refresh = false } = {}) => tokenOf(await ask(refresh)) } : {}),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}

function tokenOf({ headers }: RequestCredential): string | undefined {
  const [, token] = /^Bearer (.+)$/.exec(headers['Authorization'] ?? '') ?? []
  return token
}

function configText({ cluster, user }: SelectedContext): string {
  // JSON is YAML; the cluster's certificate is read elsewhere
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { server: cluster.server } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  })
}
