// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ensureBinaries } from './binaries.ts'
import { RunningCluster } from './cluster.ts'
import { auditPolicy, authenticationConfig } from './config-files.ts'
import { writeCertificates } from './credentials.ts'
import { LocalClusterError } from './errors.ts'
import { replaceFile } from './files.ts'
import { kwokConfig } from './kwok.ts'
import { createLayout, type Layout } from './layout.ts'
import { type Lock, tryLock } from './lock.ts'
import { ensureNatsAccounts } from './nats.ts'
import { findFreePort } from './ports.ts'
import { type ClusterState, readState, writeState } from './state.ts'
import type { LocalCluster, LocalClusterOptions } from './types.ts'

/**
 * Starts a control plane and waits until the first Deployment can be made. A data folder that had a cluster brings it back
 * with its objects, streams, authorities, seeds and ports (another port only where a stranger has taken it meanwhile).
 * Throws `DataDirInUse` while another process runs it, and what `ensureBinaries` throws.
 */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const layout = createLayout(resolve(options.dataDir))
  const binaries = await ensureBinaries(options)
  const lock = await claim(layout)
  let cluster: RunningCluster
  try {
    const [state, accounts] = await Promise.all([
      prepareState(layout),
      ensureNatsAccounts(layout, options.natsUsers ?? []),
      writeCertificates(binaries.tools, layout, options.signal),
      writeConfigFiles(layout),
    ])
    const auditLogPath = options.auditLogPath === undefined ? {} : { auditLogPath: resolve(options.auditLogPath) }
    cluster = new RunningCluster({ options: { ...options, ...auditLogPath }, layout, binaries, accounts, state, lock })
  } catch (error) {
    await lock.release()
    throw error
  }
  await cluster.startAll(options.signal)
  return cluster
}

async function claim(layout: Layout): Promise<Lock> {
  for (const dir of [layout.dataDir, layout.configDir, layout.runDir, layout.logsDir]) {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  }
  // The folder holds keys and unguarded sockets: an existing one may be open to others.
  await chmod(layout.dataDir, 0o700)
  const lock = await tryLock(layout.lockFile)
  if (typeof lock === 'string') {
    throw new LocalClusterError(
      'DataDirInUse',
      `the cluster in ${layout.dataDir} is run by ${lock}: stop it, or choose another data folder`,
    )
  }
  return lock
}

async function prepareState(layout: Layout): Promise<ClusterState> {
  const known = await readState(layout.stateFile)
  if (known !== undefined) return known
  const state = { apiServerPort: await findFreePort(), natsPort: await findFreePort() }
  await writeState(layout.stateFile, state)
  return state
}

async function writeConfigFiles(layout: Layout): Promise<void> {
  const files = {
    'authentication.yaml': authenticationConfig(),
    'audit-policy.yaml': auditPolicy(),
    'kwok.yaml': kwokConfig(),
  }
  for (const [name, content] of Object.entries(files)) await replaceFile(join(layout.configDir, name), content, 0o600)
}
