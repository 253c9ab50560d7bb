// SPDX-License-Identifier: Apache-2.0
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { apiVersionOf, gitRepositoryKind } from '@tidelock/api'
import type { GitRepository, KubeObject } from '@tidelock/api'
import { commitFiles, createRepository, startGitServer } from '@tidelock/local-cluster'
import type { SourceWorkload, WorkloadOptions } from './workload.ts'

const typeOf = { apiVersion: apiVersionOf(gitRepositoryKind), kind: gitRepositoryKind.kind }

/** Files of a repository: as small as most that hold an application. */
const files: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 20 }, (_each, n) => [`deploy/app-${n}.yaml`, `kind: ConfigMap\nmetadata:\n  name: app-${n}\n`]),
)

/**
 * GitRepositories that each name another address of a real Git server (`git http-backend`, a process a request). All but the first share
 * one repository on disk, which neither the server's clients nor the controller can tell.
 */
export async function openGitWorkload(options: WorkloadOptions): Promise<SourceWorkload> {
  const { count, directory } = options
  for (const name of ['first.git', 'shared.git']) {
    const { gitDir } = await createRepository(directory, name)
    await commitFiles(gitDir, files)
  }
  const names = Array.from({ length: count }, (_each, n) => `source-${String(n).padStart(5, '0')}`)
  for (const [n, name] of names.entries())
    await symlink(n === 0 ? 'first.git' : 'shared.git', join(directory, `${name}.git`))
  let requests = 0
  const onRequest = (): undefined => void requests++
  const server = await startGitServer({ root: directory, hooks: { onRequest } })
  return {
    kind: gitRepositoryKind,
    objects: names.map((name) => gitRepository(name, server.url, options)),
    requests: () => requests,
    change: async (version) => {
      const commit = await commitFiles(join(directory, 'first.git'), { 'deploy/version.txt': String(version) })
      return `main@sha1:${commit}`
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

function gitRepository(name: string, url: string, { namespace, interval }: WorkloadOptions): KubeObject {
  const spec = { interval, url: `${url}/${name}.git`, ref: { branch: 'main' } }
  const repository: GitRepository = { ...typeOf, metadata: { name, namespace }, spec }
  return repository
}
