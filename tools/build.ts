// SPDX-License-Identifier: Apache-2.0
// `npm run build`: every package as it is published, from nothing, so that no file of a source that is gone is shipped, and
// the controllers bundled as in their images. Then it starts the built command with plain Node.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
}

for (const dist of globSync('{libs/*,controllers/*,cli,bench}/dist', { cwd: root }))
  rmSync(join(root, dist), { recursive: true })
console.error('build: compiling')
run('node_modules/typescript/bin/tsc', '--build', 'tsconfig.build.json')
console.error('build: the Kustomize engine')
run('--conditions=source', 'libs/kustomize-wasm/src/build-wasm/main.ts')
cpSync(join(root, 'examples/fleet'), join(root, 'cli/dist/fleet'), { recursive: true })
console.error('build: the files of the images')
run('--conditions=source', 'tools/bundle.mjs')
console.error('build: starting what was built')
run('cli/dist/main.js', 'version', '--client')
