// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BuildOverrides, BuildResult, KustomizeEngine, RemoteReader, RemoteRepository } from '../src/index.ts'
import { createEngine } from './engine.ts'

type Files = Readonly<Record<string, string>>

let engine: KustomizeEngine
let scratch: string
beforeAll(async () => {
  engine = await createEngine()
  scratch = await mkdtemp(join(tmpdir(), 'remote-'))
})
afterAll(async () => {
  await engine.close()
  await rm(scratch, { recursive: true, force: true })
})

async function write(files: Files): Promise<string> {
  const root = await mkdtemp(join(scratch, 'tree-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

/** A network of files by URL and repositories by `url@ref`, which notes what is asked of it. */
class Network implements RemoteReader {
  readonly asked: string[] = []
  readonly repositories: RemoteRepository[] = []
  readonly #files: Files
  readonly #trees: Readonly<Record<string, Files>>

  constructor(files: Files, trees: Readonly<Record<string, Files>> = {}) {
    this.#files = files
    this.#trees = trees
  }

  readFile(url: string): Promise<{ status: number; content: Uint8Array }> {
    this.asked.push(`GET ${url}`)
    const text = this.#files[url]
    return Promise.resolve({ status: text === undefined ? 404 : 200, content: Buffer.from(text ?? 'not found') })
  }

  async openRepository(repository: RemoteRepository): Promise<string> {
    const id = `${repository.url}@${repository.ref}`
    this.asked.push(`clone ${id}`)
    this.repositories.push(repository)
    const files = this.#trees[id]
    if (files === undefined) throw new Error(`no repository ${id}`)
    return write(files)
  }
}

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

async function build(files: Files, remotes: RemoteReader, overrides: BuildOverrides = {}): Promise<BuildResult> {
  return engine.build({ root: await write(files), path: '.', overrides, remotes })
}

function namesOf({ objects }: BuildResult): unknown[] {
  return objects.map(({ object }) => (object['metadata'] as { name: string }).name)
}

const repository = {
  'base/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: remote-\n',
  'base/a.yaml': configMap('a'),
}

describe('a remote', () => {
  it('file is a resource, a patch, or the data of a generator', async () => {
    const at = 'https://files.example.com'
    const network = new Network({
      [`${at}/a.yaml`]: configMap('a'),
      [`${at}/patch.yaml`]: `${configMap('a')}data: {key: patched}\n`,
      [`${at}/motd`]: 'hello',
    })
    const result = await build(
      {
        'kustomization.yaml': `resources: ["${at}/a.yaml"]\npatches: [{path: "${at}/patch.yaml"}]\nconfigMapGenerator: [{name: g, files: ["motd=${at}/motd"], options: {disableNameSuffixHash: true}}]\n`,
      },
      network,
    )
    expect(result.objects.map(({ object }) => object['data'])).toEqual([{ key: 'patched' }, { motd: 'hello' }])
    expect(result.readSet.files).toEqual(['kustomization.yaml'])
    expect(network.asked).toHaveLength(3)
  })

  it.each([
    ['https://git.example.com/org/repo//base?ref=v1', 'https://git.example.com/org/repo', 'v1'],
    ['https://git.example.com/org/repo.git//base?ref=v1', 'https://git.example.com/org/repo.git', 'v1'],
    ['https://git.example.com/org/repo.git/base?version=v1', 'https://git.example.com/org/repo.git', 'v1'],
    ['https://git.example.com/org/repo/base', 'https://git.example.com/org/repo', ''],
    ['github.com/org/repo//base?ref=v1', 'https://github.com/org/repo', 'v1'],
    ['git::https://git.example.com/org/repo//base', 'https://git.example.com/org/repo', ''],
    ['https://dev.azure.com/org/project/_git/repo/base', 'https://dev.azure.com/org/project/_git/repo', ''],
    ['git@git.example.com:org/repo.git//base', 'git@git.example.com:org/repo.git', ''],
    ['ssh://git@git.example.com/org/repo//base', 'ssh://git@git.example.com/org/repo', ''],
  ])('base %s is a repository', async (entry, url, ref) => {
    const network = new Network({}, { [`${url}@${ref}`]: repository })
    const result = await build({ 'kustomization.yaml': `resources: ["${entry}"]\n` }, network)
    expect(namesOf(result)).toEqual(['remote-a'])
    expect(network.repositories).toEqual([{ url, ref, raw: entry, submodules: true, timeoutMs: 27_000 }])
  })

  it('base says about its clone what Kustomize lets it', async () => {
    const url = 'https://git.example.com/org/repo'
    const network = new Network({}, { [`${url}@`]: repository })
    await build({ 'kustomization.yaml': `resources: ["${url}//base?submodules=false&timeout=90s"]\n` }, network)
    expect(network.repositories).toMatchObject([{ submodules: false, timeoutMs: 90_000 }])
  })

  it('base may have remote bases and components of its own, and each thing is fetched once', async () => {
    const first = 'https://git.example.com/org/first'
    const second = 'https://git.example.com/org/second'
    const network = new Network(
      {},
      {
        [`${first}@`]: {
          'kustomization.yaml': `resources: [local, "${second}//base"]\n`,
          'local/kustomization.yaml': 'resources: [b.yaml]\n',
          'local/b.yaml': configMap('b'),
        },
        [`${second}@`]: {
          ...repository,
          'part/kustomization.yaml': 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -x\n',
        },
      },
    )
    const result = await build(
      { 'kustomization.yaml': `resources: ["${first}"]\ncomponents: ["${second}//part"]\n` },
      network,
    )
    expect(namesOf(result)).toEqual(['b-x', 'remote-a-x'])
    expect(network.asked.filter((line) => line.startsWith('clone')).sort()).toEqual([
      `clone ${first}@`,
      `clone ${second}@`,
    ])
  })

  it('base that answers a GET with a page is a repository all the same', async () => {
    const url = 'https://git.example.com/org/repo'
    const network = new Network(
      { [url]: '<html><body>&nbsp;</body></html>' },
      { [`${url}@`]: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': configMap('a') } },
    )
    expect(namesOf(await build({ 'kustomization.yaml': `resources: ["${url}"]\n` }, network))).toEqual(['a'])
  })

  it('base is named as the origin of its objects', async () => {
    const url = 'https://git.example.com/org/repo'
    const network = new Network({}, { [`${url}@v1`]: repository })
    const result = await build({ 'kustomization.yaml': `resources: ["${url}//base?ref=v1"]\n` }, network, {
      buildMetadata: ['originAnnotations'],
    })
    const object = result.objects[0]?.object as { metadata: { annotations: object } } | undefined
    expect(object?.metadata.annotations).toEqual({
      'config.kubernetes.io/origin': `path: base/a.yaml\nrepo: ${url}\nref: v1\n`,
    })
  })
})

describe('a remote that is not as it should be', () => {
  const url = 'https://git.example.com/org/repo'
  const entry = { 'kustomization.yaml': `resources: ["${url}//base"]\n` }

  it('is named in the error, without credentials', async () => {
    const files = { 'kustomization.yaml': 'resources: ["https://me:hunter2@git.example.com/org/repo//base"]\n' }
    const failed = await build(files, new Network({})).catch((error: unknown) => error as Error & { code: string })
    expect(failed).toMatchObject({
      code: 'RemoteBase',
      message: expect.stringContaining('git.example.com/org/repo//base'),
    })
    expect((failed as Error).message).not.toContain('hunter2')
  })

  it('cannot lead out of its repository', async () => {
    const outside = { 'base/kustomization.yaml': 'resources: [../../../artifact/secret.yaml]\n' }
    const network = new Network({}, { [`${url}@`]: outside })
    await expect(build({ ...entry, 'secret.yaml': configMap('secret') }, network)).rejects.toThrow(
      /security; file .* is not in or below/,
    )
    const parent = { 'base/kustomization.yaml': 'resources: [../../../artifact/dir]\n' }
    const dir = { 'dir/kustomization.yaml': 'resources: [a.yaml]\n', 'dir/a.yaml': configMap('a') }
    await expect(build({ ...entry, ...dir }, new Network({}, { [`${url}@`]: parent }))).rejects.toThrow(
      /must be within the repo, but base '\/artifact\/dir' is outside/,
    )
  })

  it('cannot link out of its repository', async () => {
    const root = await write({ 'base/kustomization.yaml': 'resources: [a.yaml]\n' })
    await symlink('/etc/passwd', join(root, 'base/a.yaml'))
    const network: RemoteReader = {
      readFile: () => Promise.resolve({ status: 404, content: Buffer.from('') }),
      openRepository: () => Promise.resolve(root),
    }
    await expect(build(entry, network)).rejects.toThrow(/not in or below the artifact/)
  })

  it('that never ends is given up', async () => {
    const endless: RemoteReader = {
      readFile: (name) => Promise.resolve({ status: name.endsWith('.yaml') ? 200 : 404, content: Buffer.from('') }),
      openRepository: async ({ url: of }) => {
        const next = Number(/\d+$/.exec(of)?.[0] ?? 0) + 1
        return write({ 'kustomization.yaml': `resources: ["https://git.example.com/org/r${next}"]\n` })
      },
    }
    await expect(
      build({ 'kustomization.yaml': 'resources: ["https://git.example.com/org/r0"]\n' }, endless),
    ).rejects.toThrow(/more than 100 remote files/)
  })

  it('is a failed download when the server says no', async () => {
    const files = { 'kustomization.yaml': 'resources: ["https://files.example.com/a.yaml"]\n' }
    await expect(build(files, new Network({}))).rejects.toThrow(/status code 404/)
  })
})
