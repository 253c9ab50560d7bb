// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { apiVersionOf, ociRepositoryKind, systemClock } from '@tidelock/api'
import type { KubeObject, OCIRepository } from '@tidelock/api'
import { comparePaths, writeArchive } from '@tidelock/archive'
import { digestOf, mediaTypes, openRegistry } from '@tidelock/oci'
import type { RegistryClient } from '@tidelock/oci'
import { startRegistry } from '@tidelock/testkit'
import type { SourceWorkload, WorkloadOptions } from './workload.ts'

const typeOf = { apiVersion: apiVersionOf(ociRepositoryKind), kind: ociRepositoryKind.kind }
/** Repositories that are filled at a time. */
const pushers = 16

/**
 * OCIRepositories that each name another repository of a real registry (distribution), with an artifact as `flux push artifact` makes
 * them.
 */
export async function openOciWorkload(options: WorkloadOptions): Promise<SourceWorkload> {
  const { count, directory } = options
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await startRegistry())
  const names = Array.from({ length: count }, (_each, n) => `source-${String(n).padStart(5, '0')}`)
  const counter = await startCounter(registry.host)
  stack.defer(() => counter.stop())
  const client = stack.use(
    openRegistry({ registry: registry.host, userAgent: 'tidelock-bench', clock: systemClock, random: Math.random }),
  )
  const layer = await makeLayer(directory, 0)
  const queue = [...names]
  const work = async (): Promise<void> => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) await push(client, name, layer)
  }
  await Promise.all(Array.from({ length: pushers }, work))
  const resources = stack.move()
  return {
    kind: ociRepositoryKind,
    objects: names.map((name) => ociRepository(name, counter.host, options)),
    requests: counter.requests,
    change: async (version) => `latest@${await push(client, names[0]!, await makeLayer(directory, version))}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function ociRepository(name: string, host: string, { namespace, interval }: WorkloadOptions): KubeObject {
  const spec = { interval, url: `oci://${host}/bench/${name}` }
  const repository: OCIRepository = { ...typeOf, metadata: { name, namespace }, spec }
  return repository
}

/** As small as most that hold an application. */
async function makeLayer(directory: string, version: number): Promise<Buffer> {
  const paths = Array.from({ length: 20 }, (_each, n) => `deploy/app-${n}.yaml`).sort(comparePaths)
  const entries = paths.map((path, n) => ({
    ...{ path, mode: 0o644 },
    content: Buffer.from(`kind: ConfigMap\nmetadata:\n  name: app-${n}\ndata:\n  version: '${version}'\n`),
  }))
  const file = join(directory, `layer-${version}.tar.gz`)
  await writeArchive(entries, file)
  return readFile(file)
}

/** Answers the digest. */
async function push(client: RegistryClient, name: string, layer: Buffer): Promise<string> {
  const repository = client.repository(`bench/${name}`)
  const describe = (bytes: Uint8Array, mediaType: string) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  })
  const config = Buffer.from('{}')
  for (const bytes of [config, layer]) await repository.pushBlob(describe(bytes, ''), bytes)
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(config, mediaTypes.fluxConfig),
    layers: [describe(layer, mediaTypes.fluxContent)],
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const { digest } = await repository.pushManifest({ mediaType: manifest.mediaType, bytes, reference: 'latest' })
  return digest
}

interface Counter {
  readonly host: string
  readonly requests: () => number
  readonly stop: () => Promise<void>
}

/** Hands requests on to a registry and counts them. */
async function startCounter(target: string): Promise<Counter> {
  const { hostname, port } = new URL(`http://${target}`)
  const agent = new Agent({ keepAlive: true })
  let count = 0
  const server: Server = createServer((incoming, outgoing) => {
    count++
    const { method, url, headers } = incoming
    const forward = request({ agent, hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forward.on('error', () => outgoing.destroy())
    incoming.pipe(forward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => count,
    stop: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
