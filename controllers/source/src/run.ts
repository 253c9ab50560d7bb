// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { systemClock } from '@tidelock/api'
import { openAuth } from '@tidelock/auth'
import type { AuthDeps, OpenAuth, ProxiedAuth } from '@tidelock/auth'
import { ArtifactStore, createFileServer } from '@tidelock/artifact'
import { createHttpClient, proxyFromEnvironment } from '@tidelock/http'
import { createManager, parseListenAddress, serveHttp, reportInert } from '@tidelock/runtime'
import type { CreateManagerOptions, Manager } from '@tidelock/runtime'
import { KeptClients } from './connections/kept-clients.ts'
import { inertGates } from './features.ts'
import { SshIdentities } from './git-repository/identities.ts'
import { setupGitRepository } from './git-repository/setup.ts'
import { RegistryPool } from './oci-repository/registry-pool.ts'
import { setupOciRepository } from './oci-repository/setup.ts'
import { openDefaultRoot } from './oci-repository/sigstore.ts'
import { parseOptions } from './options.ts'
import type { SourceOptions } from './options.ts'
import { openScratch } from './scratch.ts'
import { version } from './version.ts'

const name = 'source-controller'
const userAgent = `${name}/${version}`

/** What tests and other hosts may give in place of the usual. */
export interface Overrides extends Pick<CreateManagerOptions, 'faults' | 'log' | 'logStream'> {
  /** Where the services of clouds are, and what certificates vouch for them. */
  readonly clouds?: Pick<Partial<AuthDeps>, 'ca' | 'googleOrigins'>
}

/** Runs the source controller until the signal aborts. Throws what keeps it from starting. `overrides` are for tests and other hosts. */
export async function runSourceController(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  { clouds = {}, ...overrides }: Overrides = {},
): Promise<void> {
  const options = parseOptions(argv, env, tmpdir())
  const store = await openStore(options)
  await using stack = new AsyncDisposableStack()
  const { pid } = process
  const startedMs = systemClock.now() - process.uptime() * 1000
  const scratch = stack.use(await openScratch(tmpdir(), { name: `tidelock-${name}`, pid, startedMs }))
  const instance = `${hostname()}_${randomBytes(8).toString('hex')}`
  const created = await createManager({ name, version, options, env, instance, ...overrides })
  stack.defer(() => created.close())
  const { manager, client } = created
  reportInert(manager.log, options.inertFlags, { names: inertGates, features: options.features })
  serveArtifacts(manager, options, store)
  const registries = new RegistryPool(
    { userAgent, clock: systemClock, random: Math.random },
    stack.use(new KeptClients({ clock: systemClock })),
  )
  const auth = stack.use(await openClouds(env, options, clouds))
  const proxiedAuth = stack.use(new KeptClients<ProxiedAuth>({ clock: systemClock }))
  const proxy = proxyFromEnvironment(env)
  const http = stack.use(createHttpClient({ userAgent, proxy }))
  const outside = { http, clock: systemClock, random: Math.random, log: manager.log }
  const defaultRoot = stack.use(await openDefaultRoot(options, { ...outside, scratchRoot: scratch.directory }))
  const { defaultServiceAccount, features } = options
  const identity = { defaultServiceAccount, workloadIdentity: features.enabled('ObjectLevelWorkloadIdentity') }
  setupGitRepository(manager, {
    store,
    scratchRoot: scratch.directory,
    client,
    clock: systemClock,
    userAgent,
    proxy,
    identities: new SshIdentities(),
    algorithms: { kexAlgorithms: options.sshKexAlgos, hostKeyAlgorithms: options.sshHostkeyAlgos },
    auth,
    proxiedAuth,
    clients: stack.use(new KeptClients({ clock: systemClock })),
    ...identity,
  })
  setupOciRepository(manager, {
    store,
    scratchRoot: scratch.directory,
    client,
    registries,
    auth,
    proxiedAuth,
    userAgent,
    clock: systemClock,
    http,
    defaultRoot,
    proxy,
    ...identity,
  })
  await manager.run(signal)
}

function openClouds(
  env: Readonly<Record<string, string | undefined>>,
  { tokenCacheMaxSize, tokenCacheMaxDurationMs }: SourceOptions,
  clouds: NonNullable<Overrides['clouds']>,
): Promise<OpenAuth> {
  const cache = { cacheMaxSize: tokenCacheMaxSize, cacheMaxDurationMs: tokenCacheMaxDurationMs }
  return openAuth({ env, clock: systemClock, userAgent, ...clouds, ...cache })
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
function serveArtifacts(manager: Manager, options: SourceOptions, { root }: ArtifactStore): void {
  const address = parseListenAddress('--storage-addr', options.storageAddr)
  if (address === undefined)
    throw new Error(`--storage-addr: '${options.storageAddr}' is no address to listen on; use host:port`)
  const onError = (error: unknown): void => manager.log.error({ error }, 'an artifact could not be served')
  manager.addRunnable(
    'artifact-server',
    async (signal) => {
      const server = await serveHttp(address, createFileServer({ root, onError }))
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await server.close()
    },
    { needsLeader: true },
  )
}
