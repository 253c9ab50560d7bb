// SPDX-License-Identifier: Apache-2.0
// Builds what is slow to build and kept outside of the tree: the control plane, the Kustomize engine and the tests'
// registry, each once per user and version of its inputs. Says nothing when all is there and --quiet was given.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ensureWasm } from '@tidelock/kustomize-wasm'
import { ensureBinaries } from '@tidelock/local-cluster'
import { ensureRegistry } from '@tidelock/testkit'

const { env } = process
const quiet = process.argv.includes('--quiet')
const cacheDir = env['TIDELOCK_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
let isTold = false
const onProgress = (line: string): void => {
  if (!isTold)
    console.error(
      `building a Kubernetes control plane and what goes with it into ${cacheDir}: once, minutes on two cores`,
    )
  isTold = true
  console.error(`  ${line}`)
}

await ensureBinaries({
  cacheDir,
  onProgress,
  ...(env['KUBEBUILDER_ASSETS'] === undefined ? {} : { assetsDir: env['KUBEBUILDER_ASSETS'] }),
  ...(env['PATH'] === undefined ? {} : { searchPath: env['PATH'] }),
})
await ensureWasm({ cacheDir, onProgress })
// only tests need it
if (!process.argv.includes('--no-test-servers')) await ensureRegistry({ cacheDir, onProgress })
if (!quiet) console.error(`all is set up; the cache is ${cacheDir}`)
