// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { ComponentName } from './types.ts'

/** Where everything of one cluster lies under its data folder. */
export interface Layout {
  readonly dataDir: string
  readonly lockFile: string
  readonly stateFile: string
  readonly pkiDir: string
  readonly kubeconfigDir: string
  readonly kubeconfigPath: string
  readonly configDir: string
  readonly natsSeedDir: string
  readonly natsStoreDir: string
  readonly etcdDir: string
  /** The working folder of the processes, where etcd's sockets are: relative names keep them below the system's path limit. */
  readonly runDir: string
  readonly logsDir: string
}

/** Lays out a data folder; touches nothing. */
export function createLayout(dataDir: string): Layout {
  return {
    dataDir,
    lockFile: join(dataDir, 'lock'),
    stateFile: join(dataDir, 'cluster.json'),
    pkiDir: join(dataDir, 'pki'),
    kubeconfigDir: join(dataDir, 'kubeconfigs'),
    kubeconfigPath: join(dataDir, 'kubeconfig'),
    configDir: join(dataDir, 'config'),
    natsSeedDir: join(dataDir, 'nkeys'),
    natsStoreDir: join(dataDir, 'nats'),
    etcdDir: join(dataDir, 'etcd'),
    runDir: join(dataDir, 'run'),
    logsDir: join(dataDir, 'logs'),
  }
}

/** The log file of a component. */
export function logFile(layout: Layout, component: ComponentName): string {
  return join(layout.logsDir, `${component}.log`)
}
