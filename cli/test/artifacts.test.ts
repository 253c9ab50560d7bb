// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { digestOf, mediaTypes, openRegistry } from '@tidelock/oci'
import { startRegistry } from '@tidelock/testkit'
import type { Registry } from '@tidelock/testkit'
import { CommanderError } from 'commander'
import { exitCodeOf } from '../src/errors.ts'
import { createProgram } from '../src/index.ts'

const fluxArtifact = join(import.meta.dirname, '../testdata/flux-artifact')
let registry: Registry
let secured: Registry
let directory: string

beforeAll(async () => {
  registry = await startRegistry()
  secured = await startRegistry({ basic: { username: 'me', password: 'secret' } })
})
afterAll(async () => {
  await registry.stop()
  await secured.stop()
})
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-cli-artifacts-'))
})
afterEach(() => rm(directory, { recursive: true }))

interface Ended {
  readonly out: string
  readonly err: string
  readonly exitCode: number
}

/** Runs a command line in the directory of the test; `REG` stands for the registry. */
async function run(line: string, input = ''): Promise<Ended> {
  let out = ''
  let err = ''
  const program = createProgram({
    ...{ env: { DOCKER_CONFIG: directory }, home: directory, cwd: directory, self: 'tidelock' },
    ...{ terminal: undefined, colors: false, results: { colors: false, columns: undefined } },
    input: Readable.from([input]),
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  try {
    await program.parseAsync(line.replaceAll('REG', registry.host).split(' '), { from: 'user' })
    return { out, err, exitCode: 0 }
  } catch (error) {
    if (error instanceof CommanderError) return { out, err, exitCode: error.exitCode }
    return { out, err: `${err}✗ ${errorMessage(error)}\n`, exitCode: exitCodeOf(error) }
  }
}

const origin = '--source https://example.com/fleet --revision main@sha1:abc'

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(directory, path, '..'), { recursive: true })
  await writeFile(join(directory, path), text)
}

describe('push, tag, list and pull', () => {
  it('go round', async () => {
    await write('apps/a.yaml', 'a: 1\n')
    await write('apps/sub/b.yaml', 'b: 2\n')
    const pushed = await run(`push artifact oci://REG/round:1.0.0 --path apps ${origin} --annotations x=y=z`)
    expect(pushed.err).toMatch(
      new RegExp(
        `^► pushing artifact to ${registry.host}/round:1.0.0\n✔ artifact successfully pushed to ${registry.host}/round@sha256:[0-9a-f]{64}\n$`,
      ),
    )
    expect((await run('tag artifact oci://REG/round:1.0.0 --tag latest,1.1.0')).err).toBe(
      `► tagging artifact\n✔ artifact tagged as ${registry.host}/round:latest\n✔ artifact tagged as ${registry.host}/round:1.1.0\n`,
    )
    const tags = async (flags: string): Promise<readonly (string | undefined)[]> => {
      const { out } = await run(`list artifacts oci://REG/round ${flags}`.trim())
      const [header, ...rows] = out.replace(/\n$/, '').split('\n')
      expect(header).toMatch(/^ARTIFACT +\tDIGEST +\tSOURCE +\tREVISION +$/)
      expect(rows.every((row) => row.includes('\thttps://example.com/fleet\tmain@sha1:abc\t'))).toBe(true)
      return rows.map((row) => row.split('\t')[0]?.trim().split(':').at(-1))
    }
    expect(await tags('')).toEqual(['latest', '1.1.0', '1.0.0'])
    expect(await tags('--filter-semver >1.0.0')).toEqual(['1.1.0'])
    expect(await tags('--filter-regex ^l')).toEqual(['latest'])
    await write('out/a.yaml', 'old')
    await symlink('/nowhere', join(directory, 'out/sub-link'))
    const digest = /@(sha256:\S+)/.exec(pushed.err)?.[1] ?? ''
    expect(await run('pull artifact oci://REG/round:1.1.0 --output out')).toEqual({
      out: '',
      err: [
        `► pulling artifact from ${registry.host}/round:1.1.0\n`,
        '✔ source https://example.com/fleet\n✔ revision main@sha1:abc\n',
        `✔ digest ${registry.host}/round@${digest}\n✔ artifact content extracted to out\n`,
      ].join(''),
      exitCode: 0,
    })
    expect(await readFile(join(directory, 'out/a.yaml'), 'utf8')).toBe('a: 1\n')
    expect(await readFile(join(directory, 'out/sub/b.yaml'), 'utf8')).toBe('b: 2\n')
  })

  it('push prints what it pushed, with the same digest for the same content', async () => {
    const line = `push artifact oci://REG/printed:v1 --path - ${origin} --reproducible --output`
    const json = await run(`${line} json`, 'a: 1\n')
    const info = JSON.parse(json.out) as Record<string, string>
    expect(info).toEqual({
      ...{ url: `oci://${registry.host}/printed@${info['digest']}`, repository: `${registry.host}/printed` },
      ...{ tag: 'v1', digest: expect.stringMatching(/^sha256:/) },
    })
    expect(json.err).toBe('')
    const yaml = await run(`${line} yaml`, 'a: 1\n')
    expect(yaml.out).toBe(
      `digest: ${info['digest']}\nrepository: ${info['repository']}\ntag: v1\nurl: ${info['url']}\n`,
    )
  })

  it('push what build archives', async () => {
    await write('apps/a.yaml', 'a: 1\n')
    const built = await run('build artifact --path apps --output apps.tgz')
    expect(built.err).toBe('► building artifact from apps\n✔ artifact created at apps.tgz\n')
    await run(`push artifact oci://REG/built:v1 --path apps ${origin}`)
    await using client = openRegistry({
      ...{ registry: registry.host, userAgent: 'test', clock: systemClock, random: Math.random },
    })
    const { manifest } = await client.repository('built').image('v1')
    expect(manifest.layers.map(({ digest }) => digest)).toEqual([digestOf(await readFile(join(directory, 'apps.tgz')))])
  })
})

describe('an artifact of flux', () => {
  beforeAll(async () => {
    await using client = openRegistry({
      ...{ registry: registry.host, userAgent: 'test', clock: systemClock, random: Math.random },
    })
    const repository = client.repository('flux')
    const layer = await readFile(join(fluxArtifact, 'layer.tar.gz'))
    const config = Buffer.from(
      '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
    )
    await repository.pushBlob({ digest: digestOf(layer), size: layer.length }, layer)
    await repository.pushBlob({ digest: digestOf(config), size: config.length }, config)
    const bytes = await readFile(join(fluxArtifact, 'manifest.json'))
    await repository.pushManifest({ bytes, mediaType: mediaTypes.ociManifest, reference: 'v1' })
  })

  it('is pulled', async () => {
    await mkdir(join(directory, 'out'))
    expect((await run('pull artifact oci://REG/flux:v1 -o out')).exitCode).toBe(0)
    expect(await readFile(join(directory, 'out/a.yaml'), 'utf8')).toBe('a\n')
    const { mode } = await stat(join(directory, 'out/sub/b.sh'))
    expect(mode & 0o777).toBe(0o755)
  })

  it('is compared', async () => {
    await write('here/a.yaml', 'a\n')
    await write('here/sub/b.sh', 'b\n')
    expect(await run('diff artifact oci://REG/flux:v1 --path here')).toEqual({
      out: '± sub/b.sh\n',
      err: '✗ the remote artifact contents differs from the local one\n',
      exitCode: 1,
    })
    await run('pull artifact oci://REG/flux:v1 -o here')
    expect(await run('diff artifact oci://REG/flux:v1 --path here')).toEqual({
      ...{ out: '', err: '✔ no changes detected\n', exitCode: 0 },
    })
    await write('here/c.yaml', 'c')
    expect((await run('diff artifact oci://REG/flux:v1 --path here')).out).toBe('+ c.yaml\n')
  })
})

describe('credentials', () => {
  it('are given, or found where docker login left them', async () => {
    await write('apps/a.yaml', 'a: 1\n')
    const line = `push artifact oci://${secured.host}/app:v1 --path apps ${origin}`
    const refused = await run(line)
    expect(refused.err).toContain('✗ pushing artifact failed: ')
    expect(refused.exitCode).toBe(1)
    expect((await run(`${line} --creds me:secret`)).err).toMatch(
      /^► logging in to registry with credentials\n► pushing/,
    )
    const wrong = await run(`${line} --creds me:wrong`)
    expect(wrong.exitCode).toBe(1)
    expect(wrong.err).not.toContain('wrong')
    const auth = Buffer.from('me:secret').toString('base64')
    await write('config.json', JSON.stringify({ auths: { [secured.host]: { auth } } }))
    expect((await run(line)).exitCode).toBe(0)
  })
})

describe('what cannot be', () => {
  it.each([
    ['push artifact', 1, 'artifact URL is required'],
    ['push artifact oci://REG/x', 1, '--source is required'],
    ['push artifact oci://REG/x --source a', 1, '--revision is required'],
    [`push artifact oci://REG/x ${origin}`, 1, 'invalid path "": give --path'],
    [`push artifact oci://REG/x ${origin} --path no`, 1, "--path: invalid path 'no', must point to an existing"],
    [`push artifact oci://REG/x ${origin} --path . -a b`, 1, 'invalid annotation b, must be in the format key=value'],
    [`push artifact oci://REG/x@sha256:${'0'.repeat(64)} ${origin} --path .`, 1, 'names a digest: name a tag'],
    [`push artifact oci://REG/x ${origin} --path . --provider x`, 1, 'Allowed choices are generic, aws, azure, gcp.'],
    [`push artifact oci://REG/x ${origin} --path . --creds :x`, 1, '--creds: write <username>:<password>'],
    [`push artifact oci://REG/x ${origin} --path . --provider aws`, 1, 'REG'],
    ['pull artifact', 1, 'artifact URL is required'],
    ['pull artifact oci://REG/x', 1, 'output path cannot be empty: give --output'],
    ['pull artifact oci://REG/x -o no', 1, '--output: invalid output path "no": it is no existing directory'],
    ['pull artifact oci://REG/x:no -o .', 1, 'MANIFEST_UNKNOWN'],
    ['tag artifact', 1, 'artifact name is required'],
    ['tag artifact oci://REG/x', 1, '--tag is required'],
    ['tag artifact oci://REG/x:no --tag b', 1, 'tagging artifact failed: '],
    ['list artifacts', 1, 'artifact repository URL is required'],
    ['list artifacts oci://REG/x:v1', 1, 'names one artifact: leave the tag or digest out'],
    ['list artifacts oci://REG/no', 1, 'listing tags failed: '],
    ['list artifacts oci://REG/no --filter-semver a', 1, "semver 'a' parse error: "],
    ['list artifacts oci://REG/no --filter-regex (', 1, "regex '(' parse error: "],
    ['diff artifact', 2, 'artifact URL is required'],
    ['diff artifact oci://REG/x:no --path .', 2, 'MANIFEST_UNKNOWN'],
    ['diff artifact oci://REG/x --frob', 2, "unknown option '--frob'"],
    ['build artifact', 1, 'invalid path "": give --path'],
  ])('%s', async (line, exitCode, message) => {
    const ended = await run(line)
    expect(ended.err).toContain(message.replaceAll('REG', registry.host))
    expect({ out: ended.out, exitCode: ended.exitCode }).toEqual({ out: '', exitCode })
  })
})
