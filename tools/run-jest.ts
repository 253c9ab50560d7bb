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

async function main(): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'tidelock-test-'))
  const cluster = await serveCluster(scratch)
  try {
    const results = join(scratch, 'results.json')
    const code = await runJest(['--json', `--outputFile=${results}`, ...process.argv.slice(2)], {
      TIDELOCK_TEST_CLUSTER: process.env['TIDELOCK_TEST_CLUSTER'] ?? cluster.url,
    })
    console.log(await summarize(results))
    return code
  } finally {
    await cluster.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The closing line: test files that did not even load count as failed. */
async function summarize(path: string): Promise<string> {
  if (!existsSync(path)) return '0 passed, 0 failed'
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = JSON.parse(await readFile(path, 'utf8')) as Record<string, number>
  return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`
}

process.exitCode = await main()
