// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { KustomizeError } from './errors.ts'
import { leanSchema, leanSchemaVersion } from './lean-schema.ts'
import { editSources, sourceEdits } from './source-edits.ts'

/** Where and how to build the engine. */
export interface EnsureWasmOptions {
  /** The user's cache of Tidelock: `${TIDELOCK_CACHE:-~/.cache}/tidelock`. */
  readonly cacheDir: string
  /** Gets lines for people while something is built. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

const sourceDir = fileURLToPath(new URL('../go/', import.meta.url))
const shippedPath = fileURLToPath(new URL('./kustomize.wasm', import.meta.url))
const fileName = 'kustomize.wasm'

/** The version is what `buildMetadata: [managedByLabel]` prints; releases of Kustomize set it the same way. */
const version = '-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.8.1'
const buildFlags = ['-trimpath', '-buildvcs=false', '-buildmode=c-shared', `-ldflags=-s -w ${version}`]

/**
 * Answers the path of the engine's WebAssembly file: the one shipped with the built package, else one from the cache,
 * built first with Go 1.26 where the cache lacks it (half a minute, and the sources from the Go module proxy). Throws
 * `EngineFailed` when it cannot be built.
 */
export async function ensureWasm(options: EnsureWasmOptions): Promise<string> {
  if (await exists(shippedPath)) return shippedPath
  const root = join(options.cacheDir, 'kustomize-wasm')
  const target = join(root, await cacheKey(options.signal), fileName)
  if (await exists(target)) return target
  await mkdir(join(target, '..'), { recursive: true, mode: 0o700 })
  const unlock = await lock(`${target}.lock`, target, options)
  if (unlock === undefined) return target
  const scratch = await mkdtemp(join(root, '.build-'))
  try {
    options.onProgress?.('kustomize.wasm: compiling (about half a minute, once)')
    const started = performance.now()
    await compile(scratch, options.signal)
    await rename(join(scratch, fileName), target)
    options.onProgress?.(`kustomize.wasm: built in ${Math.round((performance.now() - started) / 1000)} s`)
    return target
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await unlock()
  }
}

/** All inputs of the build: the sources with go.mod and go.sum, the toolchain, the flags and the edits of Kustomize. */
async function cacheKey(signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([await runGo(['env', 'GOVERSION'], signal), buildFlags, sourceEdits, leanSchemaVersion]))
  const names = (await readdir(sourceDir, { recursive: true })).filter(isSource).sort()
  for (const name of names) {
    const content = createHash('sha256').update(await readFile(join(sourceDir, name)))
    hash.update(JSON.stringify([name, content.digest('hex')]))
  }
  return hash.digest('hex').slice(0, 24)
}

function isSource(name: string): boolean {
  return (
    name === 'go.mod' ||
    name === 'go.sum' ||
    Object.hasOwn(overlays, name) ||
    name === schemaSource ||
    (name.endsWith('.go') && !name.endsWith('_test.go') && dirname(name) !== 'reference')
  )
}

/** Our files by their place in Kustomize's module: the first stands in for the one that runs the git program. */
const overlays: Readonly<Record<string, string>> = {
  [join('overlay', 'cloner.go.txt')]: join('internal', 'git', 'cloner.go'),
  [join('overlay', 'ids.go.txt')]: join('resmap', 'ids.go'),
  [join('overlay', 'referrals.go.txt')]: join('resmap', 'referrals.go'),
  [join('overlay', 'depth.go.txt')]: join('resource', 'depth.go'),
}
const kustomizeApi = 'sigs.k8s.io/kustomize/api'

const kyaml = 'sigs.k8s.io/kustomize/kyaml'
/** Kubernetes' OpenAPI document in that module, and what makes the engine take ours instead. */
const schemaPath = join('openapi', 'kubernetesapi', 'v1_21_2', 'swagger.pb')
const schemaSource = join('overlay', 'schema.go.txt')

async function compile(scratch: string, signal: AbortSignal | undefined): Promise<void> {
  const copy = join(scratch, 'api')
  await copySources(await moduleDir(kustomizeApi, signal), copy)
  for (const [ours, path] of Object.entries(overlays)) await copyFile(join(sourceDir, ours), join(copy, path))
  await editSources(copy, sourceEdits)
  // go.sum is looked for beside this file
  const modFile = join(scratch, 'engine.mod')
  const text = await readFile(join(sourceDir, 'go.mod'), 'utf8')
  await writeFile(modFile, `${text}\nreplace ${kustomizeApi} => ${copy}\n`)
  await copyFile(join(sourceDir, 'go.sum'), join(scratch, 'engine.sum'))
  const overlay = await writeSchema(scratch, await moduleDir(kyaml, signal))
  const flags = [`-modfile=${modFile}`, `-overlay=${overlay}`, ...buildFlags]
  await runGo(['build', ...flags, '-o', join(scratch, fileName), '.'], signal)
}

async function moduleDir(name: string, signal: AbortSignal | undefined): Promise<string> {
  return (JSON.parse(await runGo(['mod', 'download', '-json', name], signal)) as { Dir: string }).Dir
}

/** Puts the lean schema and the source that embeds it beside the engine's sources, for Go alone. Answers the path of Go's list of such files. */
async function writeSchema(scratch: string, module: string): Promise<string> {
  const lean = join(scratch, 'schema.pb')
  await writeFile(lean, leanSchema(await readFile(join(module, schemaPath))))
  const engine = join(sourceDir, 'engine')
  const files = { [join(engine, 'schema.pb')]: lean, [join(engine, 'schema.go')]: join(sourceDir, schemaSource) }
  const list = join(scratch, 'overlay.json')
  await writeFile(list, JSON.stringify({ Replace: files }))
  return list
}

/** Go's module cache is read-only, and so would be a plain copy of it. */
async function copySources(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copySources(source, target)
    else await writeFile(target, await readFile(source), { mode: 0o600 })
  }
}

async function runGo(args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  // the rest of the environment (proxy, caches, search path) is the user's
  const child = spawn('/usr/bin/env', ['GOOS=wasip1', 'GOARCH=wasm', 'GOFLAGS=-mod=readonly', 'go', ...args], {
    cwd: sourceDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return output.stdout.trim()
  const reason =
    code === 127 ? 'Go 1.26 is not on the search path' : output.stderr.trim().split('\n').slice(-20).join('\n')
  throw new KustomizeError('EngineFailed', `go ${args[0]} of the Kustomize engine failed: ${reason}`)
}

const lockPollMs = 200
const lockStaleMs = 10 * 60_000

/** Returns the function that unlocks, or undefined when somebody else finished the build meanwhile. */
async function lock(
  path: string,
  target: string,
  { signal, onProgress }: EnsureWasmOptions,
): Promise<(() => Promise<void>) | undefined> {
  for (let told = false; ; told = true) {
    signal?.throwIfAborted()
    if (await tryCreate(path)) {
      const unlock = (): Promise<void> => rm(path, { force: true })
      if (!(await exists(target))) return unlock
      await unlock()
    }
    if (await exists(target)) return undefined
    if (!told) onProgress?.('kustomize.wasm: waiting for another process that compiles it')
    if (await isDead(path)) await rm(path, { force: true })
    else await delay(lockPollMs, undefined, signal === undefined ? {} : { signal })
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** A holder that was killed leaves its lock behind; two processes that then build at once are only wasteful. */
async function isDead(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > lockStaleMs) return true
    const pid = Number(await readFile(path, 'utf8'))
    // a fresh lock may not have its content yet
    return pid > 0 && !isAlive(pid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
