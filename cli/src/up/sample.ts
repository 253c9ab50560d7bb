// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { createRepository, runGit } from '@tidelock/local-cluster'
import type { GitOptions } from '@tidelock/local-cluster'
import { systemNamespace } from './prepare-cluster.ts'

/** Name of the served repository, of its GitRepository and of the Kustomization that is its entry. */
const sampleName = 'fleet'

const repositoryName = `${sampleName}.git`
const fieldManager = 'tidelock'

/** Makes the served repository from a directory of files, unless an earlier run made it and put a commit in. Returns its folder. */
export async function ensureRepository(gitRoot: string, from: string, git: GitOptions): Promise<string> {
  const gitDir = join(gitRoot, repositoryName)
  const isMade = existsSync(gitDir) && (await runGit(gitDir, ['rev-list', '--all', '-n1'], git).catch(() => '')) !== ''
  if (isMade) return gitDir
  await createRepository(gitRoot, repositoryName, { from, message: 'Describe the fleet', ...git })
  // as a server has it after a push: of loose files each fetch would cost a read and a compression of every one
  await runGit(gitDir, ['repack', '-d', '-q'], git)
  return gitDir
}

/** Address of the served repository. */
export function repositoryUrl(serverUrl: string): string {
  return `${serverUrl}/${repositoryName}`
}

/** Where the sample finds things. */
export interface SamplePlaces {
  readonly gitUrl: string
  readonly inboxUrl: string
  /** `spec.path` of the entry Kustomization. */
  readonly path: string
}

/** Applies the GitRepository, the entry Kustomization, and the Secrets with the cluster's variables and the inbox' address. */
export async function applySample(client: KubeClient, places: SamplePlaces, signal: AbortSignal): Promise<void> {
  for (const object of sampleObjects(places)) await client.apply(object, { fieldManager, force: true, signal })
}

function sampleObjects({ gitUrl: url, inboxUrl, path }: SamplePlaces): KubeObject[] {
  const metadata = { name: sampleName, namespace: systemNamespace }
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cluster-settings', namespace: systemNamespace },
      stringData: { CLUSTER_NAME: 'local', PUBLIC_DOMAIN: 'tidelock.localhost' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'inbox', namespace: systemNamespace },
      stringData: { address: inboxUrl },
    },
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata,
      spec: { url, interval: '1m', ref: { branch: 'main' } },
    },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata,
      spec: {
        interval: '10m',
        retryInterval: '30s',
        path,
        prune: true,
        sourceRef: { kind: 'GitRepository', name: sampleName },
      },
    },
  ]
}

/** Asks for a run of the sample's GitRepository now. */
export async function requestReconcile(client: KubeClient, nowMs: number): Promise<void> {
  const ref = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    namespace: systemNamespace,
    name: sampleName,
  }
  const body = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date(nowMs).toISOString() } } }
  await client.patch(ref, { type: 'merge', body, fieldManager })
}
