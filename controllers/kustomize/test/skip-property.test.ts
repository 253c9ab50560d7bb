// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { Artifact, KubeObject } from '@tidelock/api'
import { ArtifactCache, indexMetadataKey } from '@tidelock/artifact'
import { createHttpClient } from '@tidelock/http'
import type { ObjectRef } from '@tidelock/kube'
import { ensureWasm, KustomizeEngine } from '@tidelock/kustomize-wasm'
import { createLogger } from '@tidelock/runtime'
import { array, assert, asyncProperty } from 'fast-check'
import type { TargetedRun } from '../src/kustomization/dependencies.ts'
import { SecretValues } from '../src/kustomization/secret-values.ts'
import { AppliedBuilds } from '../src/kustomization/skip/applied-builds.ts'
import type { AppliedBuild } from '../src/kustomization/skip/applied-builds.ts'
import { findKnownBuild, rememberBuild, restoreBuild } from '../src/kustomization/skip/known-build.ts'
import { build } from '../src/kustomization/steps/build.ts'
import { ArtifactSource } from './artifact-source.ts'
import { anyMutation, firstWorld, mutate } from './skip-world.ts'
import type { World } from './skip-world.ts'

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
const key = { namespace: 'ns', name: 'app' }

let engine: KustomizeEngine
let source: ArtifactSource
let artifacts: ArtifactCache
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skip-'))
  engine = new KustomizeEngine({ wasmPath: await ensureWasm({ cacheDir }), workers: 1 })
  source = await ArtifactSource.start(join(directory, 'artifacts'))
  const root = join(directory, 'cache')
  const http = createHttpClient({ userAgent: 'test' })
  // so little that copies go as soon as nobody uses them
  artifacts = await ArtifactCache.open({ root, maxBytes: 1, retries: 0, clock: systemClock, http })
}, 600_000)
afterAll(async () => {
  await engine.close()
  await artifacts.close()
  await source[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

let published = 0

/** The repository as the artifact of a source, which drops symbolic links. */
async function publish({ members, indexed }: World): Promise<Artifact> {
  const byPath = [...members].map(([path, member]) =>
    member === 'directory'
      ? { path, directory: true as const }
      : 'link' in member
        ? { path, mode: 0o120000, content: Buffer.from(member.link) }
        : { path, mode: 0o100644, content: Buffer.from(member.text) },
  )
  const sortKey = (entry: (typeof byPath)[number]): string => ('directory' in entry ? `${entry.path}/` : entry.path)
  const entries = byPath.sort((a, b) => Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))))
  const revision = `main@sha1:${String(++published).padStart(40, '0')}`
  const owner = { kind: 'GitRepository', namespace: 'ns', name: 'app' }
  const artifact = await source.store.writeArchive(owner, { revision, fileName: `${published}.tar.gz`, entries })
  if (indexed) return artifact
  const { [indexMetadataKey]: _index, ...metadata } = artifact.metadata ?? {}
  return { ...artifact, metadata }
}

function runIn(world: World, artifact: Artifact, applied: AppliedBuilds): TargetedRun {
  const { configs, spec, uid, strict, version, target } = world
  const find = ({ kind, name }: ObjectRef): Promise<KubeObject | undefined> => {
    const config = configs.get(`${kind}/${name}`)
    if (config === undefined) return Promise.resolve(undefined)
    const { data, ...metadata } = config
    const encode = (value: string): string => (kind === 'Secret' ? Buffer.from(value).toString('base64') : value)
    const encoded = Object.fromEntries(Object.entries(data).map(([each, value]) => [each, encode(value)]))
    return Promise.resolve({ apiVersion: 'v1', kind, metadata: { name, ...metadata }, data: encoded })
  }
  const log = createLogger({ level: 'error', encoding: 'json' }, { write: () => undefined })
  // the parts of a run that the look and the build use
  return {
    ctx: { signal: new AbortController().signal, log, clock: systemClock, id: '' },
    obj: { metadata: { ...key, uid }, spec: { interval: '1m', prune: true, ...spec } },
    ...{
      key,
      artifact,
      revision: artifact.revision,
      settings: {},
      target: { id: target },
      secrets: new SecretValues(),
    },
    deps: {
      ...{ engine, artifacts, applied, clock: systemClock, client: { find }, configs: { find } },
      options: { strictSubstitution: strict, version },
    },
  } as unknown as TargetedRun
}

interface Tally {
  skipped: number
  built: number
  failed: number
}

/** Looks whether the run would be skipped, builds all the same, and compares. */
async function visit(world: World, applied: AppliedBuilds, tally: Tally): Promise<void> {
  const artifact = await publish(world)
  const run = runIn(world, artifact, applied)
  const before = applied.get(key)
  const known = await findKnownBuild(run)
  using acquired = await artifacts.acquire(artifact)
  const built = await build(runIn(world, artifact, applied), acquired)
  if (known !== undefined) {
    tally.skipped += 1
    return expectSame(run, known, built)
  }
  if (built.kind !== 'next') {
    tally.failed += 1
    return
  }
  tally.built += 1
  expect(built.value.identity).toBeDefined()
  // the key is exact where it can be: what reads the same in the same world is not built twice
  expect(built.value.identity?.skipKey).not.toBe(before?.skipKey)
  await rememberBuild(run, built.value, [])
}

/** What is known of the last build is what the build makes now. */
async function expectSame(
  run: TargetedRun,
  known: AppliedBuild,
  built: Awaited<ReturnType<typeof build>>,
): Promise<void> {
  if (built.kind !== 'next') throw new Error(`skipped, but the build fails: ${JSON.stringify(built)}`)
  const restored = await restoreBuild(run, known)
  expect(restored?.objects).toEqual(built.value.objects)
  expect({ digest: known.digest, skipKey: known.skipKey }).toEqual({
    digest: built.value.digest,
    skipKey: built.value.identity?.skipKey,
  })
}

describe('a build that is skipped', () => {
  it('would have made the same, whatever changed', async () => {
    const tally: Tally = { skipped: 0, built: 0, failed: 0 }
    const property = asyncProperty(array(anyMutation, { minLength: 4, maxLength: 12 }), async (mutations) => {
      const applied = new AppliedBuilds(2 ** 20)
      let world = firstWorld
      await visit(world, applied, tally)
      for (const mutation of mutations) {
        world = mutate(world, mutation)
        await visit(world, applied, tally)
      }
    })
    await expect(assert(property, { numRuns: 60 })).resolves.toBeUndefined()
    // all three happened often enough to mean something
    expect(Math.min(tally.skipped, tally.built, tally.failed)).toBeGreaterThan(40)
  }, 300_000)
})
