// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { digestOf } from '@tidelock/oci'
import type { Credentials } from '@tidelock/oci'
import { parseArtifactUrl } from './artifact-url.ts'
import { buildArchive, defaultIgnorePaths } from './content.ts'
import type { ContentFlags } from './content.ts'
import { dockerCredentials } from './docker-credentials.ts'
import { annotationKeys, artifactManifest } from './manifest.ts'

let directory: string
const { signal } = new AbortController()

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-artifacts-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('artifactManifest', () => {
  it('is the manifest of flux for the layer of flux', () => {
    const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../testdata/flux-artifact', name))
    const layer = read('layer.tar.gz')
    const annotations = {
      [annotationKeys.source]: 'https://example.com',
      [annotationKeys.revision]: 'main@sha1:abc',
      [annotationKeys.created]: '1970-01-01T00:00:00Z',
    }
    const { bytes } = artifactManifest({ digest: digestOf(layer), sizeBytes: layer.length }, annotations)
    expect(Buffer.from(bytes).toString()).toBe(read('manifest.json').toString())
  })
})

describe('parseArtifactUrl', () => {
  it.each([
    ['oci://ghcr.io/org/app:v1', 'ghcr.io/org/app:v1', 'ghcr.io', 'v1'],
    ['oci://localhost:5000/app', 'localhost:5000/app', 'localhost:5000', 'latest'],
    [
      `oci://ghcr.io/org/app@sha256:${'0'.repeat(64)}`,
      `ghcr.io/org/app@sha256:${'0'.repeat(64)}`,
      'ghcr.io',
      `sha256:${'0'.repeat(64)}`,
    ],
    ['oci://org/app', 'org/app', 'index.docker.io', 'latest'],
  ])('%s', (url, text, registry, target) => {
    const parsed = parseArtifactUrl(url, 'artifact URL')
    expect({ ...parsed, reference: parsed.reference.registry }).toEqual({ text, reference: registry, target })
  })

  it.each([
    [undefined, 'artifact URL is required'],
    ['ghcr.io/org/app', "URL must be in format 'oci://<domain>/<org>/<repo>', but is 'ghcr.io/org/app'"],
    ['oci://ghcr.io/Org/app', 'invalid repository "Org/app"'],
  ])('refuses %s', (url, message) => {
    expect(() => parseArtifactUrl(url, 'artifact URL')).toThrow(message)
  })
})

/** What an archive holds: directories with a slash, files, and `*` behind those that can be run. */
async function contentOf(flags: Partial<ContentFlags>, input = ''): Promise<readonly string[]> {
  const environment = { cwd: directory, input: Readable.from([input]) }
  const whole = { path: '.', ignorePaths: defaultIgnorePaths, ...flags }
  await using archive = await buildArchive(whole, environment, signal)
  const { index } = archive
  return [
    ...index.directories.map((path) => `${path}/`),
    ...index.files.map(({ path, mode }) => `${path}${mode === 0o700 ? '*' : ''}`),
  ]
}

describe('buildArchive', () => {
  beforeEach(async () => {
    for (const path of ['.git', 'apps/web', 'empty']) await mkdir(join(directory, path), { recursive: true })
    for (const path of ['.git/HEAD', 'a.yaml', 'apps/run.sh', 'apps/web/logo.png', 'apps/web/web.yaml'])
      await writeFile(join(directory, path), path)
    await chmod(join(directory, 'apps/run.sh'), 0o755)
    await symlink('../../a.yaml', join(directory, 'apps/web/link.yaml'))
    await symlink('..', join(directory, 'apps/web/up'))
  })

  it('leaves links, version control and images out', async () => {
    const expected = ['apps/', 'apps/web/', 'empty/', 'a.yaml', 'apps/run.sh*', 'apps/web/web.yaml']
    expect(await contentOf({})).toEqual(expected)
  })

  it.each<[Partial<ContentFlags>, readonly string[]]>([
    [
      { ignorePaths: ['*.sh', '.git/', 'empty/'] },
      ['apps/', 'apps/web/', 'a.yaml', 'apps/web/logo.png', 'apps/web/web.yaml'],
    ],
    [{ addIgnorePaths: ['/apps/', 'empty/', '*.sh', 'web.yaml'] }, ['a.yaml']],
    [{ path: 'apps/run.sh' }, ['run.sh*']],
    [{ path: 'apps/web/link.yaml' }, []],
    [{ path: 'apps/web/link.yaml', resolveSymlinks: true }, ['link.yaml']],
    [{ path: 'apps/web', resolveSymlinks: true }, ['up/', 'up/web/', 'link.yaml', 'up/run.sh*', 'web.yaml']],
    [{ path: '-' }, ['stdin.yaml']],
  ])('%j', async (flags, expected) => expect(await contentOf(flags)).toEqual(expected))

  it('gives the same bytes for the same content', async () => {
    const build = async (path: string): Promise<string> => {
      const environment = { cwd: directory, input: Readable.from(['a: b\n\n']) }
      await using archive = await buildArchive({ path, ignorePaths: [] }, environment, signal)
      return archive.digest
    }
    await mkdir(join(directory, 'other'))
    await writeFile(join(directory, 'other/stdin.yaml'), 'a: b', { mode: 0o640 })
    expect(await build('-')).toBe(await build('other'))
    expect(await build('-')).toBe(await build('other/stdin.yaml'))
  })

  it('names what it cannot read', async () => {
    await expect(contentOf({ path: 'no' })).rejects.toThrow("--path: invalid path 'no', must point to an existing")
    await expect(contentOf({ path: '' })).rejects.toThrow('invalid path "": give --path')
    await symlink('nowhere', join(directory, 'broken'))
    await expect(contentOf({ resolveSymlinks: true })).rejects.toThrow(
      '--resolve-symlinks: resolving symlinks failed: ',
    )
  })
})

describe('dockerCredentials', () => {
  const find = (registry = 'ghcr.io', env = {}): Promise<Credentials | undefined> =>
    dockerCredentials({ registry, path: 'org/app' }, { env: { DOCKER_CONFIG: directory, ...env }, home: '/', signal })
  const write = (config: object): Promise<void> => writeFile(join(directory, 'config.json'), JSON.stringify(config))
  const auth = Buffer.from('me:secret').toString('base64')
  const login: Credentials = { kind: 'basic', username: 'me', password: 'secret' }

  it('finds what docker login left', async () => {
    expect(await find()).toBeUndefined()
    await write({ auths: { 'ghcr.io': { auth } } })
    expect(await find()).toEqual(login)
    expect(await find('quay.io')).toBeUndefined()
    await mkdir(join(directory, '.docker'))
    await writeFile(join(directory, '.docker/config.json'), JSON.stringify({ auths: { 'ghcr.io': { auth } } }))
    const name = { registry: 'ghcr.io', path: 'org/app' }
    expect(await dockerCredentials(name, { env: {}, home: directory, signal })).toEqual(login)
  })

  /** A helper that is a script, and the PATH to find it on. */
  async function helper(script: string): Promise<{ PATH: string }> {
    const file = join(directory, 'docker-credential-test')
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
    return { PATH: `${directory}${delimiter}${process.env['PATH']}` }
  }

  it('asks the helper that the config names', async () => {
    const env = await helper(`read server; printf '{"Username":"%s","Secret":"secret"}' "$1-$server"`)
    await write({ auths: { 'ghcr.io': {} }, credsStore: 'test' })
    expect(await find('ghcr.io', env)).toEqual({ ...login, username: 'get-ghcr.io' })
    expect(await find('index.docker.io', env)).toEqual({ ...login, username: 'get-https://index.docker.io/v1/' })
    await write({ credHelpers: { 'ghcr.io': 'test' } })
    expect(await find('ghcr.io', env)).toEqual({ ...login, username: 'get-ghcr.io' })
    expect(await find('quay.io', env)).toBeUndefined()
    const token = await helper(`printf '{"Username":"<token>","Secret":"secret"}'`)
    expect(await find('ghcr.io', token)).toEqual({ kind: 'identityToken', identityToken: 'secret' })
  })

  it('tells nothing of what a helper printed', async () => {
    await write({ credsStore: 'test' })
    const absent = await helper('echo credentials not found in native keychain; exit 1')
    expect(await find('ghcr.io', absent)).toBeUndefined()
    const broken = await helper('echo secret; exit 3')
    await expect(find('ghcr.io', broken)).rejects.toThrow(
      'docker-credential-test has no credentials for ghcr.io: it ended with exit code 3; install it, or give --creds',
    )
    const odd = await helper('echo secret')
    await expect(find('ghcr.io', odd)).rejects.toThrow('its answer is not JSON with Username and Secret')
    await write({ credsStore: 'not-there' })
    await expect(find()).rejects.toThrow(/docker-credential-not-there has no credentials for ghcr.io: .*ENOENT/)
    await write({ credsStore: '../x' })
    await expect(find()).rejects.toThrow("the Docker config names '../x', which is no helper")
  })
})
