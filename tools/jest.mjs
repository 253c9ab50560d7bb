// SPDX-License-Identifier: Apache-2.0
// npm scripts find the pinned Node first on PATH; this re-executes with the flags that running from source needs.
import { spawnSync } from 'node:child_process'
const { status } = spawnSync(
  process.execPath,
  ['--conditions=source', new URL('./run-jest.ts', import.meta.url).pathname, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
process.exit(status ?? 1)
