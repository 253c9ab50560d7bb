// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCondition } from '@tidelock/api'
import type { Artifact, OCIRepository, OCIRepositorySpec } from '@tidelock/api'
import { comparePaths, writeArchive } from '@tidelock/archive'
import { digestOf, mediaTypes, openRegistry } from '@tidelock/oci'
import type { Descriptor, RegistryClient, RegistryOptions as RegistryClientOptions } from '@tidelock/oci'
import { hasFailedNow, isReadyNow, startRegistry, untilSettled } from '@tidelock/testkit'
import type { Registry, RegistryOptions } from '@tidelock/testkit'
import { Scene } from './harness.ts'
import type { SceneOptions } from './harness.ts'

/** A layer to push. */
export interface Layer {
  readonly bytes: Uint8Array
  readonly mediaType: string
}

/** What beside its layers is in an artifact. */
export interface PushOptions extends Partial<RegistryClientOptions> {
  readonly annotations?: Readonly<Record<string, string>>
}

/** What a repository of a registry holds. */
export interface RepositoryContent {
  readonly blobs: readonly Uint8Array[]
  /** Those that others name come first. */
  readonly manifests: readonly {
    readonly mediaType: string
    readonly bytes: Uint8Array
    readonly references: readonly string[]
  }[]
}

/** A `Scene` with a real registry, seen through OCIRepositories. */
export class OciScene implements AsyncDisposable {
  readonly scene: Scene
  readonly registry: Registry

  private constructor(scene: Scene, registry: Registry) {
    this.scene = scene
    this.registry = registry
  }

  static async open(options: SceneOptions & { readonly registry?: RegistryOptions } = {}): Promise<OciScene> {
    const registry = await startRegistry(options.registry)
    // what fails on purpose is tried again and again beside the rest
    return new OciScene(
      await Scene.open({ ...options, flags: ['--concurrent=10', ...(options.flags ?? [])] }),
      registry,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]()
    await this.registry.stop()
  }

  /** `oci://…` of a repository in the registry. */
  url(path: string): string {
    return `oci://${this.registry.host}/${path}`
  }

  /** Pushes an artifact as `flux push artifact` makes them, from files by path. */
  async push(
    path: string,
    tag: string,
    files: Readonly<Record<string, string>>,
    options: PushOptions = {},
  ): Promise<Descriptor> {
    return this.pushLayers(path, tag, [{ bytes: await toLayer(files), mediaType: mediaTypes.fluxContent }], options)
  }

  /** Pushes an artifact from files into another registry. */
  async pushTo(
    registry: Registry,
    access: Partial<RegistryClientOptions>,
    path: string,
    tag: string,
    files: Readonly<Record<string, string>>,
  ): Promise<Descriptor> {
    const layer = { bytes: await toLayer(files), mediaType: mediaTypes.fluxContent }
    return this.pushLayers(path, tag, [layer], { ...access, registry: registry.host })
  }

  /** Pushes an index of what was pushed before. */
  async pushIndex(path: string, tag: string, manifests: readonly Descriptor[]): Promise<Descriptor> {
    await using client = connect({ registry: this.registry.host })
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }))
    return await client.repository(path).pushManifest({ mediaType: mediaTypes.ociIndex, bytes, reference: tag })
  }

  /** Pushes an artifact with these layers. */
  async pushLayers(
    path: string,
    tag: string,
    layers: readonly Layer[],
    { annotations, ...access }: PushOptions = {},
  ): Promise<Descriptor> {
    await using client = connect({ registry: this.registry.host, ...access })
    const repository = client.repository(path)
    const config = { bytes: Buffer.from('{}'), mediaType: mediaTypes.fluxConfig }
    const [configDescriptor, ...descriptors] = [config, ...layers].map(describeLayer)
    for (const { bytes, mediaType } of [config, ...layers])
      await repository.pushBlob(describeLayer({ bytes, mediaType }), bytes)
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: configDescriptor,
      layers: descriptors,
      ...(annotations === undefined ? {} : { annotations }),
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    return await repository.pushManifest({ mediaType: mediaTypes.ociManifest, bytes, reference: tag })
  }

  /** Pushes blobs and manifests as they are, each manifest under its references. */
  async pushContent(path: string, content: RepositoryContent): Promise<void> {
    await using client = connect({ registry: this.registry.host })
    const repository = client.repository(path)
    for (const bytes of content.blobs) await repository.pushBlob(describeLayer({ bytes, mediaType: '' }), bytes)
    for (const { mediaType, bytes, references } of content.manifests)
      for (const reference of references) await repository.pushManifest({ mediaType, bytes, reference })
  }

  /** Creates an OCIRepository; it looks once an hour unless the spec says otherwise. */
  create(name: string, spec: Partial<OCIRepositorySpec> & { url: string }): Promise<OCIRepository> {
    return this.scene.client.create<OCIRepository>({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: { name, namespace: this.scene.namespace },
      spec: { interval: '1h', ...spec },
    })
  }

  /** Creates a Secret from texts. */
  async createSecret(name: string, data: Readonly<Record<string, string>>, type: string = 'Opaque'): Promise<void> {
    const { namespace, client } = this.scene
    await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, stringData: data })
  }

  get(name: string): Promise<OCIRepository> {
    return this.scene.client.get<OCIRepository>(this.#ref(name))
  }

  patch(name: string, body: object): Promise<OCIRepository> {
    return this.scene.client.patch<OCIRepository>(this.#ref(name), { type: 'merge', body })
  }

  /** Asks for a run by annotation and waits until it is handled. */
  async reconcile(name: string, token: string = String(performance.now())): Promise<OCIRepository> {
    await this.patch(name, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } } })
    return this.until(name, ({ status }) => status?.lastHandledReconcileAt === token)
  }

  /** Waits for the object to be as wanted, with conditions that keep kstatus' rules: not in the middle of a further run. */
  until(name: string, isWanted: (obj: OCIRepository) => boolean): Promise<OCIRepository> {
    return untilSettled(() => this.get(name), isWanted)
  }

  /** Waits for Ready=True, at the revision if one is given, for the newest generation. */
  untilReady(name: string, revision?: string): Promise<OCIRepository> {
    const isAt = ({ status }: OCIRepository): boolean =>
      revision === undefined || status?.artifact?.revision === revision
    return this.until(name, (obj) => isReadyNow(obj) && isAt(obj))
  }

  /** Waits for Ready=False with the reason, for the newest generation, and answers the message. */
  async untilFailed(name: string, reason: string): Promise<string> {
    const found = await this.until(name, (obj) => hasFailedNow(obj, reason))
    return getCondition(found, 'Ready')?.message ?? ''
  }

  /** The files of an artifact in the storage, by path. */
  async files(artifact: Artifact | undefined): Promise<Record<string, string>> {
    const { unpackArchive } = await import('@tidelock/archive')
    const { Readable } = await import('node:stream')
    const directory = await mkdtemp(join(tmpdir(), 'oci-artifact-'))
    try {
      const bytes = await this.stored(artifact)
      const index = await unpackArchive(Readable.from([bytes]), directory)
      const read = index.files.map(async ({ path }) => [path, await readFile(join(directory, path), 'utf8')] as const)
      return Object.fromEntries(await Promise.all(read))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  /** The bytes of an artifact as it is served. */
  async stored(artifact: Artifact | undefined): Promise<Buffer> {
    const response = await fetch(artifact?.url ?? '')
    if (response.status !== 200) throw new Error(`GET ${artifact?.url}: ${response.status}`)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (digestOf(bytes) !== artifact?.digest) throw new Error('served bytes with another digest')
    return bytes
  }

  #ref(name: string): { apiVersion: string; kind: string; namespace: string; name: string } {
    const { namespace } = this.scene
    return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository', namespace, name }
  }
}

/** A gzip'ed tar of files by path. */
export async function toLayer(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'oci-layer-'))
  try {
    const entries = Object.entries(files)
      .sort(([a], [b]) => comparePaths(a, b))
      .map(([path, text]) => ({ path, mode: 0o644, content: Buffer.from(text) }))
    const file = join(directory, 'layer.tar.gz')
    await writeArchive(entries, file)
    return await readFile(file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function describeLayer({ bytes, mediaType }: Layer): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function connect(access: Partial<RegistryClientOptions> & { registry: string }): RegistryClient {
  const clock = { now: () => Date.now(), sleep: async (): Promise<void> => undefined }
  return openRegistry({ userAgent: 'test', clock, random: () => 0, ...access })
}
