// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { startGitServer, startLocalCluster } from '@tidelock/local-cluster'
import { installCrds } from '@tidelock/testkit'

/** What a comparison is played on: a cluster of its own with our CRDs, and a Git server. */
export interface Place extends AsyncDisposable {
  /** Holds every file of the run; removed at the end, unless kept. */
  readonly directory: string
  readonly cacheDir: string
  readonly kubeconfig: string
  readonly client: KubeClient
  readonly gitRoot: string
  readonly gitUrl: string
}

/** How a place differs from the usual. */
export interface PlaceOptions {
  /** Begins the name of its directory below the system's own for temporary files. */
  readonly prefix: string
  /** Keep the directory at the end, to look at what was written. */
  readonly keep: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Name of a file in the directory that takes one line for each write to the API server; absent: none. */
  readonly auditLog?: string
}

/** Starts the cluster and the Git server; disposing stops both. Throws what they throw, and leaves nothing running then. */
export async function openPlace({ prefix, keep, env, auditLog }: PlaceOptions): Promise<Place> {
  await using starting = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), prefix))
  if (!keep) starting.defer(() => rm(directory, { recursive: true, force: true }))
  console.error(`files: ${directory}`)
  const cacheDir = env['TIDELOCK_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
  const cluster = await startLocalCluster({
    dataDir: join(directory, 'cluster'),
    cacheDir,
    searchPath: env['PATH'] ?? '',
    components: { nats: false },
    ...(auditLog !== undefined && { auditLogPath: join(directory, auditLog) }),
    onProgress: (line) => console.error(line),
  })
  starting.defer(() => cluster.stop())
  const kubeconfig = cluster.kubeconfigPath
  const client = new KubeClient({ target: await loadTarget({ kubeconfig, env: {} }), userAgent: 'beside-flux' })
  starting.defer(() => client.close())
  await installCrds(client)
  const gitRoot = join(directory, 'git')
  const git = await startGitServer({ root: gitRoot })
  starting.defer(() => git.stop())
  const stops = starting.move()
  return {
    ...{ directory, cacheDir, kubeconfig, client, gitRoot, gitUrl: git.url },
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
}
