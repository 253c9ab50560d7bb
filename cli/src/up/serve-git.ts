// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { hasCode } from '@tidelock/errors'
import { startGitServer } from '@tidelock/local-cluster'
import type { GitOptions, GitServer } from '@tidelock/local-cluster'
import type { DataPaths } from './paths.ts'
import { watchPushes } from './watch-pushes.ts'

/** How to serve the repositories of a data directory. */
export interface ServeGitOptions {
  readonly paths: DataPaths
  readonly git: GitOptions
  /** Called when a push has been answered. */
  readonly onPush: () => Promise<void>
}

/** Serves the repositories on the port of the last time, so that clones find them; on another one where somebody took it. */
export async function serveGit({ paths, git: { searchPath }, onPush }: ServeGitOptions): Promise<GitServer> {
  const start = (port?: number): Promise<GitServer> =>
    startGitServer({
      root: paths.git,
      allowPush: true,
      hooks: watchPushes(onPush),
      ...(searchPath === undefined ? {} : { searchPath }),
      ...(port === undefined ? {} : { port }),
    })
  const usual = await readPort(paths.gitPort)
  try {
    if (usual !== undefined) return await start(usual)
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE')) throw error
  }
  const server = await start()
  await writeFile(paths.gitPort, `${server.port}\n`)
  return server
}

async function readPort(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
