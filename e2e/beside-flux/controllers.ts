// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '@tidelock/local-cluster'

/** Whose controllers. */
export type Whose = 'flux' | 'tidelock'

/** A controller, by the name of its folder. */
type Part = 'source' | 'kustomize' | 'notification'

/** How each controller is started: a program and its first arguments. */
export type Programs = Readonly<Record<Part, readonly string[]>>

/** Where controllers are started, and for which namespace. */
export interface StartOptions {
  readonly whose: Whose
  readonly programs: Programs
  readonly kubeconfig: string
  /** `RUNTIME_NAMESPACE`. */
  readonly namespace: string
  /** Made when it is missing; holds artifacts, spools and logs. */
  readonly directory: string
  readonly cacheDir: string
  /** Flags by controller; those that are named are started. */
  readonly flags: Readonly<Partial<Record<Part, readonly string[]>>>
}

/** The programs of this repository. */
export function ownPrograms(): Programs {
  const entry = (name: string): readonly string[] => [
    process.execPath,
    '--conditions=source',
    fileURLToPath(new URL(`../../controllers/${name}/src/main.ts`, import.meta.url)),
  ]
  return { source: entry('source'), kustomize: entry('kustomize'), notification: entry('notification') }
}

/** Starts controllers as processes; disposing of them ends them with SIGTERM, as Kubernetes does. */
export async function startControllers(options: StartOptions): Promise<AsyncDisposable> {
  await using stops = new AsyncDisposableStack()
  const { whose, programs, kubeconfig, namespace, directory, cacheDir, flags } = options
  const env = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: namespace }
  for (const [part, given] of Object.entries(flags) as [Part, readonly string[]][]) {
    const data = join(directory, part)
    await mkdir(join(data, 'storage'), { recursive: true })
    const own = [`--kubeconfig=${kubeconfig}`, `--spool-dir=${join(data, 'spool')}`]
    const caches = [`--cache-dir=${join(data, 'cache')}`, `--engine-cache-dir=${cacheDir}`]
    const [command = '', ...args] = programs[part]
    const argv = [
      ...args,
      '--metrics-addr=0',
      `--health-addr=127.0.0.1:${await findFreePort()}`,
      ...(part === 'source' ? [`--storage-path=${join(data, 'storage')}`] : []),
      ...(whose === 'tidelock' ? own : []),
      ...(whose === 'tidelock' && part === 'kustomize' ? caches : []),
      ...given,
    ]
    await using log = await open(join(directory, `${part}.log`), 'a')
    const child = spawn(command, argv, { env, cwd: data, stdio: ['ignore', log.fd, log.fd] })
    const ended = once(child, 'exit')
    stops.defer(async () => {
      child.kill()
      await ended
    })
  }
  return stops.move()
}
