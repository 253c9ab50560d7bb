// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { computeCacheKey } from './cache-key.ts'
import { pruneCache } from './cache-pruning.ts'
import { LocalClusterError } from './errors.ts'
import { findProgram } from './find-program.ts'
import { acquireLock } from './lock.ts'
import { runProgram, type RunResult } from './run.ts'
import type { BinaryOptions } from './types.ts'

/** A command of our Go module. */
export type GoCommand = 'tidelock-cluster' | 'tidelock-tools'

const SOURCE_DIR = fileURLToPath(new URL('../go/', import.meta.url))
const KUBERNETES_VERSION = { gitVersion: 'v1.36.3', gitMajor: '1', gitMinor: '36', gitTreeState: 'clean' }
const PROGRESS_EVERY_MS = 5000

const LINKER_FLAGS = [
  '-s',
  '-w',
  ...Object.entries(KUBERNETES_VERSION).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
].join(' ')
const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags', LINKER_FLAGS]

interface Toolchain {
  readonly go: string
  readonly key: string
}

/**
 * Answers the path of a built command, building it first where the cache lacks it: once per set of inputs, however many
 * processes ask at the same time. Throws `ToolMissing` without Go and `BuildFailed` with the compiler's last words.
 */
export async function ensureGoCommand(command: GoCommand, options: BinaryOptions): Promise<string> {
  const { go, key } = await findToolchain(options)
  const root = join(options.cacheDir, 'local-cluster')
  const target = join(root, key, command)
  if (await exists(target)) {
    await markUsed(join(root, key))
    return target
  }
  await mkdir(join(root, key), { recursive: true, mode: 0o700 })
  const lock = await acquireLock(join(root, `${key}.${command}.lock`), {
    signal: options.signal,
    onWait: (holder) => options.onProgress?.(`${command}: waiting for the build by ${holder}`),
  })
  try {
    if (!(await exists(target))) {
      await buildInto(target, go, command, options)
      await pruneCache(root, key, Date.now())
    }
  } finally {
    await lock.release()
  }
  return target
}

// The target appears whole or not at all: what a killed build leaves is a folder that nobody looks into.
async function buildInto(target: string, go: string, command: GoCommand, options: BinaryOptions): Promise<void> {
  const temporary = await mkdtemp(join(options.cacheDir, 'local-cluster', '.build-'))
  try {
    await build(go, command, join(temporary, command), options)
    await rename(join(temporary, command), target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function findToolchain(options: BinaryOptions): Promise<Toolchain> {
  const go = await findProgram('go', options.searchPath)
  if (go === undefined) {
    throw new LocalClusterError(
      'ToolMissing',
      'go is not on the search path: install Go 1.26 (it compiles the local control plane once), ' +
        'or put kube-apiserver, etcd, kube-controller-manager, kube-scheduler, nats-server and kwok on it',
    )
  }
  const { code, stdout, stderr } = await runProgram(go, ['env', '-json', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: SOURCE_DIR,
    signal: options.signal,
  })
  if (code !== 0) throw new LocalClusterError('BuildFailed', `go env in ${SOURCE_DIR}: ${stderr}`)
  const env = JSON.parse(stdout) as { GOVERSION: string; GOOS: string; GOARCH: string }
  const key = await computeCacheKey(SOURCE_DIR, {
    goVersion: env.GOVERSION,
    goos: env.GOOS,
    goarch: env.GOARCH,
    flags: BUILD_FLAGS,
  })
  return { go, key }
}

async function build(go: string, command: GoCommand, output: string, options: BinaryOptions): Promise<void> {
  const started = performance.now()
  const report = (line: string): void => {
    const seconds = Math.round((performance.now() - started) / 1000)
    options.onProgress?.(`${command}: ${line} (${seconds} s)`)
  }
  // The rest of the environment (proxy, caches) is the user's; with cgo the file would depend on the machine's C library.
  const runGo = (args: readonly string[], onErrorLine: (line: string) => void): Promise<RunResult> =>
    runProgram('/usr/bin/env', ['CGO_ENABLED=0', go, ...args], { cwd: SOURCE_DIR, signal: options.signal, onErrorLine })
  const packageName = `./cmd/${command}`
  report('fetching sources')
  const listed = await runGo(
    ['list', '-deps', packageName],
    throttle((line) => report(line.replace(/^go: /, ''))),
  )
  if (listed.code !== 0)
    throw new LocalClusterError('BuildFailed', `fetching the sources of ${command}: ${listed.stderr}`)
  const total = listed.stdout.trimEnd().split('\n').length
  let compiled = 0
  const tell = throttle((line) => report(`compiled ${compiled} of at most ${total} packages, at ${line}`))
  const built = await runGo(['build', '-v', ...BUILD_FLAGS, '-o', output, packageName], (line) => {
    compiled++
    tell(line)
  })
  if (built.code !== 0) throw new LocalClusterError('BuildFailed', `compiling ${command}: ${built.stderr}`)
  report('built')
}

function throttle(tell: (line: string) => void): (line: string) => void {
  let last = Number.NEGATIVE_INFINITY
  return (line) => {
    const now = performance.now()
    if (now - last < PROGRESS_EVERY_MS) return
    last = now
    tell(line)
  }
}

// What is in use is not pruned; a cache that cannot be written to serves all the same.
async function markUsed(dir: string): Promise<void> {
  const now = new Date()
  await utimes(dir, now, now).catch(() => undefined)
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
