// SPDX-License-Identifier: Apache-2.0
// Every check that is not a test, one after the other; all run, and the exit code says whether all held.
import { spawnSync } from 'node:child_process'

const checks = [
  ['format', 'oxfmt', ['--check']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']],
  // as they are published: each by itself, with declarations
  ['packages', 'tsc', ['--build', 'tsconfig.build.json']],
  ['arrows', 'node', ['--conditions=source', 'tools/check-arrows.ts']],
  ['unused', 'knip', ['--no-progress']],
  ['generated', 'node', ['--conditions=source', 'tools/generate.ts', '--check']],
]

const failed = []
for (const [name, command, args] of checks) {
  console.error(`verify: ${name}`)
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) failed.push(name)
}
console.error(failed.length === 0 ? 'verify: all checks held' : `verify: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
