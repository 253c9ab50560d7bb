// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tidelock/api'
import { ArtifactStore, createFileServer } from '@tidelock/artifact'
import { createManager, parseListenAddress, serveHttp } from '@tidelock/runtime'
import type { Manager } from '@tidelock/runtime'
import { setupGitRepository } from './git-repository/setup.ts'
import { parseOptions } from './options.ts'
import type { SourceOptions } from './options.ts'
import { version } from './version.ts'

const name = 'source-controller'

/** Runs the source controller until the signal aborts. Throws what keeps it from starting. */
export async function runSourceController(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const options = parseOptions(argv, env, tmpdir())
  const instance = `${hostname()}_${randomBytes(8).toString('hex')}`
  const created = await createManager({ name, version, options, env, instance })
  const { manager, client } = created
  const scratchRoot = await mkdtemp(join(tmpdir(), `tidelock-${name}-`))
  try {
    const store = await openStore(options)
    serveArtifacts(manager, options, store)
    const userAgent = `${name}/${version}`
    setupGitRepository(manager, { store, scratchRoot, client, clock: systemClock, userAgent })
    await manager.run(signal)
  } finally {
    await created.close()
    await rm(scratchRoot, { recursive: true, force: true })
  }
}

function openStore(options: SourceOptions): Promise<ArtifactStore> {
  return ArtifactStore.open({
    root: options.storagePath,
    advertisedAddress: options.storageAdvAddr,
    clock: systemClock,
    retentionTtlMs: options.artifactRetentionTtlMs,
    retentionRecords: options.artifactRetentionRecords,
    algorithm: options.artifactDigestAlgo,
  })
}

// only on the leader, as Flux: a Service that probes it then sends consumers to the instance that has the files
function serveArtifacts(manager: Manager, options: SourceOptions, store: ArtifactStore): void {
  const address = parseListenAddress('--storage-addr', options.storageAddr)
  if (address === undefined)
    throw new Error(`--storage-addr: '${options.storageAddr}' is no address to listen on; use host:port`)
  manager.addRunnable(
    'artifact-server',
    async (signal) => {
      const server = await serveHttp(address, createFileServer(store))
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await server.close()
    },
    { needsLeader: true },
  )
}
