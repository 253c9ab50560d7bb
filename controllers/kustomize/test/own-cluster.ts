// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { startLocalCluster } from '@tidelock/local-cluster'
import type { ComponentChoice, LocalCluster } from '@tidelock/local-cluster'
import type { TestCluster } from '@tidelock/testkit'

/** One request, as the API server's audit log has it. */
export interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string }
  readonly responseStatus?: { readonly code?: number }
}

/** A control plane of a test's own, for what would disturb others: restarts, fixed names, an audit log. */
export class OwnCluster implements AsyncDisposable {
  readonly control: LocalCluster
  readonly cluster: TestCluster
  readonly #directory: string

  private constructor(control: LocalCluster, client: KubeClient, directory: string) {
    const { kubeconfigPath, server, natsUrl } = control
    this.control = control
    this.cluster = { kubeconfigPath, server, natsUrl, natsSeedFile: control.natsSeedFile('admin'), client }
    this.#directory = directory
  }

  static async start(components: ComponentChoice = {}): Promise<OwnCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'kustomize-cluster-'))
    const cacheDir =
      process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
    const { KUBEBUILDER_ASSETS: assetsDir, PATH: searchPath } = process.env
    const control = await startLocalCluster({
      dataDir: join(directory, 'cluster'),
      cacheDir,
      components,
      auditLogPath: join(directory, 'audit.log'),
      ...(assetsDir === undefined ? {} : { assetsDir }),
      ...(searchPath === undefined ? {} : { searchPath }),
    })
    const target = await loadTarget({ kubeconfig: control.kubeconfigPath, env: {} })
    return new OwnCluster(control, new KubeClient({ target, userAgent: 'tidelock-test' }), directory)
  }

  /** What was asked of the API server so far by clients with that user agent. */
  async audit(userAgent: RegExp): Promise<AuditEvent[]> {
    const lines = (await readFile(join(this.#directory, 'audit.log'), 'utf8')).split('\n')
    return lines
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((event) => event.stage === 'ResponseComplete' && userAgent.test(event.userAgent ?? ''))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.client.close()
    await this.control.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Whether the request changed something: a write that was no dry run and was not refused. */
export function isWrite({ verb, requestURI, responseStatus }: AuditEvent): boolean {
  const isChange = ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb)
  return isChange && !requestURI.includes('dryRun=') && (responseStatus?.code ?? 500) < 300
}
