// SPDX-License-Identifier: Apache-2.0
// The entry of `npm start`, `npm test` and the like on a fresh clone: runs on whatever Node npm found (20 or later), installs the
// locked packages (the pinned Node among them) when they are missing or changed, and hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules/.tidelock-lock')
const pinnedNode = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')

const entries = {
  setup: [['tools/setup.ts']],
  build: [['tools/build.ts']],
  start: [
    ['tools/setup.ts', '--quiet', '--no-test-servers'],
    ['cli/src/main.ts', 'up', '--walkthrough'],
  ],
  test: [['tools/setup.ts', '--quiet'], ['tools/run-jest.ts']],
  bench: [['tools/setup.ts', '--quiet'], ['tools/bundle.mjs'], ['bench/src/main.ts']],
  'bench:sources': [['tools/setup.ts', '--quiet'], ['tools/bundle.mjs'], ['bench/src/sources/main.ts']],
  'bench:events': [['tools/setup.ts', '--quiet'], ['tools/bundle.mjs'], ['bench/src/events/main.ts']],
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

function requireTool(name, args, cure) {
  const { status, error } = spawnSync(name, args, { stdio: 'ignore' })
  if (error !== undefined || status !== 0) fail(`${name} was not found on PATH: ${cure}`)
}

// what `npm install` left may be just what the lock says: then there is nothing to do
function isInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages
  const there = read(installed)
  return Object.entries(read(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) =>
      !path.startsWith('node_modules/') || link || optional || there[path]?.version === version,
  )
}

function installPackages() {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(pinnedNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  if (existsSync(pinnedNode) && isInstalled()) return writeFileSync(stamp, digest)
  console.error('installing the locked npm packages (once, about a minute)')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) fail('npm ci failed: see its message above')
  if (!existsSync(pinnedNode))
    fail(
      'the pinned Node was not installed: npm must be allowed to run the install script of the package "node" (see allowScripts in package.json)',
    )
  writeFileSync(stamp, digest)
}

// npm passes a SIGTERM on to the shell between us, which dies of it and tells nobody
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return
  const { ppid } = process
  const timer = setInterval(() => {
    if (process.ppid === ppid) return
    clearInterval(timer)
    child.kill('SIGTERM')
  }, 500)
  timer.unref()
}

// Stays until the script has ended, however that was asked for: a prompt, or a CI job, comes back when all is gone. A terminal sends
// its interrupt to the script too; everything else reaches this process alone and is passed on.
function runToEnd(script) {
  const child = spawn(pinnedNode, ['--conditions=source', ...script], { cwd: root, stdio: 'inherit' })
  const isInterruptShared = process.stdin.isTTY
  process.on('SIGINT', () => isInterruptShared || child.kill('SIGINT'))
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name))
  endWithNpm(child)
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`${pinnedNode} cannot be run: ${error.message}`))
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

const [command, ...args] = process.argv.slice(2)
const scripts = entries[command]
if (scripts === undefined) fail(`usage: bootstrap.mjs ${Object.keys(entries).join('|')}`)
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or later is needed to start with, this is ${process.version}`)
requireTool('git', ['--version'], 'install git')
requireTool('go', ['version'], 'install Go 1.26 or later (https://go.dev/dl)')
installPackages()
for (const [index, script] of scripts.entries()) {
  const last = index === scripts.length - 1
  const status = await runToEnd([...script, ...(last ? args : [])])
  if (status !== 0) process.exit(status)
}
