// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'

/** Where `tidelock up` keeps everything. */
export interface DataPaths {
  readonly root: string
  /** State, keys and logs of the control plane. */
  readonly cluster: string
  /** Bare repositories that the Git server serves. */
  readonly git: string
  readonly logs: string
  /** Held by the `up` that runs, from its first moment to its last. */
  readonly lock: string
  /** The port that the Git server has, so that clones keep their address. */
  readonly gitPort: string
  /** The port that the inbox has, so that its address stays true. */
  readonly inboxPort: string
  /** What a running `up` says of itself once all is up. */
  readonly state: string
  /** What controllers keep, a folder each. */
  readonly controllers: string
  /** Kubeconfig of one controller, its own account. */
  kubeconfig(controller: string): string
  /** Events not yet acknowledged, artifacts, caches of one controller. */
  storage(controller: string): string
}

/** The layout of a data directory. */
export function dataPaths(root: string): DataPaths {
  return {
    root,
    cluster: join(root, 'cluster'),
    git: join(root, 'git'),
    controllers: join(root, 'controllers'),
    logs: join(root, 'logs'),
    lock: join(root, 'up.lock'),
    gitPort: join(root, 'git-port'),
    inboxPort: join(root, 'inbox-port'),
    state: join(root, 'up.json'),
    kubeconfig: (controller) => join(root, 'controllers', controller, 'kubeconfig'),
    storage: (controller) => join(root, 'controllers', controller, 'storage'),
  }
}

/** The data directory when none is given: `tidelock/local` in the user's data folder (XDG Base Directory). */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env['XDG_DATA_HOME'] || join(home, '.local/share'), 'tidelock/local')
}

/** The cache of built binaries: `tidelock` in the user's cache folder, or TIDELOCK_CACHE. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return env['TIDELOCK_CACHE'] || join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'tidelock')
}
