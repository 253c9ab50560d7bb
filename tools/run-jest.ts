// SPDX-License-Identifier: Apache-2.0
// Runs Jest with one control plane that is started when the first test asks for it and ends with the run.
// Tests reach it through @tidelock/testkit, which asks the address in TIDELOCK_TEST_CLUSTER.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalCluster } from '@tidelock/local-cluster'

const root = new URL('..', import.meta.url).pathname

interface ClusterOnDemand {
  readonly url: string
  close(): Promise<void>
}

/** Serves the shared control plane's coordinates as JSON; the first request boots it. */
async function serveCluster(scratch: string): Promise<ClusterOnDemand> {
  let started: Promise<LocalCluster> | undefined
  const start = async (): Promise<LocalCluster> => {
    const { startLocalCluster } = await import('@tidelock/local-cluster')
    const cacheDir =
      process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
    const { KUBEBUILDER_ASSETS: assetsDir, PATH: searchPath } = process.env
    return startLocalCluster({
      dataDir: join(scratch, 'cluster'),
      cacheDir,
      ...(assetsDir === undefined ? {} : { assetsDir }),
      ...(searchPath === undefined ? {} : { searchPath }),
      onProgress: (line) => console.error(line),
    })
  }
  const server = createServer((_request, response) => {
    started ??= start()
    started.then(
      ({ kubeconfigPath, server: address, natsUrl, pids, logsDir, natsSeedFile }) =>
        response.end(
          JSON.stringify({
            kubeconfigPath,
            server: address,
            natsUrl,
            natsSeedFile: natsSeedFile('admin'),
            pids,
            logsDir,
          }),
        ),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.close()
      if (started !== undefined) await (await started).stop()
    },
  }
}

function runJest(args: readonly string[], env: Record<string, string>): Promise<number> {
  const jest = join(root, 'node_modules/jest/bin/jest.js')
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      // as controllers are started: half of the time of an engine's start, which most files pay once
      '--wasm-tiering-budget=600000000',
      '--disable-warning=ExperimentalWarning',
      '--conditions=source',
      jest,
      '--config',
      join(root, 'jest.config.mjs'),
      ...args,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } },
  )
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}

interface FileResult {
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly { readonly status: string }[]
}

interface Run {
  readonly code: number
  readonly files: readonly FileResult[]
}

/** One run of Jest on a control plane of its own. */
async function run(args: readonly string[], name: string): Promise<Run> {
  const scratch = await mkdtemp(join(tmpdir(), 'tidelock-test-'))
  const cluster = await serveCluster(scratch)
  try {
    const results = join(scratch, `${name}.json`)
    const code = await runJest(['--json', `--outputFile=${results}`, ...args], {
      TIDELOCK_TEST_CLUSTER: process.env['TIDELOCK_TEST_CLUSTER'] ?? cluster.url,
    })
    const files = existsSync(results) ? (JSON.parse(await readFile(results, 'utf8')).testResults as FileResult[]) : []
    return { code, files }
  } finally {
    await cluster.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The closing line: a test file that did not even load counts as one failed test. */
function summarize(files: readonly FileResult[]): string {
  const count = (status: string): number =>
    files.reduce((sum, file) => sum + file.assertionResults.filter((each) => each.status === status).length, 0)
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  return `${count('passed')} passed, ${count('failed') + unloaded} failed`
}

// more than a few failures are no bad luck
const mostToRepeat = 5

/**
 * Runs the tests. A few files that fail beside others are run once more, one by one on a fresh control plane: what fails alone is
 * broken, what passes is unsteady (two tests on a busy machine got into each other's way) and is named for someone to mend.
 */
async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const first = await run(args, 'first')
  const failed = first.files.filter(({ status }) => status === 'failed').map(({ name }) => name)
  if (first.code === 0 || args.length > 0 || failed.length === 0 || failed.length > mostToRepeat) {
    console.log(summarize(first.files))
    return first.code
  }
  console.error(`\nrunning what failed once more, alone:\n${failed.join('\n')}\n`)
  const second = await run(['--runInBand', '--runTestsByPath', ...failed], 'second')
  const unsteady = second.files.filter(({ status }) => status === 'passed').map(({ name }) => name)
  if (unsteady.length > 0) console.error(`unsteady, failed first and passed alone:\n${unsteady.join('\n')}`)
  console.log(summarize([...first.files.filter(({ name }) => !failed.includes(name)), ...second.files]))
  return second.code
}

process.exitCode = await main()
