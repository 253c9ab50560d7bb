// SPDX-License-Identifier: Apache-2.0
// Makes of each controller, for its image and for measuring, a few files in controllers/<name>/bundle: `main.js`, what it loads later,
// and the Kustomize engine. A process then keeps some modules where it kept a thousand (docs/design/memory.md). `--out <directory>` puts
// them into <directory>/<name>/bundle. Not TypeScript: the bundler's declarations want those of the browser.
import { copyFileSync, linkSync, mkdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureWasm } from '@tidelock/kustomize-wasm'
import { rolldown } from 'rolldown'

const controllers = ['source', 'kustomize', 'notification']
// Stay packages: few users load them and they are large, they look for files of their own, or their licence wants them replaceable
const outside = [
  /^node:/,
  /^@(?:aws-sdk|aws-crypto|smithy|azure|kubernetes|sigstore|tufjs)\//,
  /^(?:google-auth-library|openpgp|sigstore|tuf-js|ssh2)$/,
]
// V8 keeps the text of all scripts, and takes two bytes for each character of one that holds a single 'ä'
const licencesOnly = { legal: true, annotation: false, jsdoc: false }
const root = resolve(import.meta.dirname, '..')
const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
const cacheDir = TIDELOCK_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidelock')
const { values: flags } = parseArgs({ options: { out: { type: 'string' } } })

async function bundle(controller) {
  const place = join(root, 'controllers', controller)
  const home = flags.out === undefined ? place : resolve(flags.out, controller)
  const out = join(home, 'bundle')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const hasEngine = controller === 'kustomize'
  const main = join(place, 'src/main.ts')
  const input = hasEngine ? { main, worker: join(root, 'libs/kustomize-wasm/src/worker.ts') } : { main }
  const built = await rolldown({
    input,
    platform: 'node',
    external: outside,
    resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
    plugins: [
      { name: 'late-requires', transform: requireByName },
      { name: 'ascii-comments', generateBundle: escapeComments },
    ],
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message)
    },
  })
  await built.write({ dir: out, format: 'esm', charset: 'ascii', comments: licencesOnly })
  await built.close()
  if (hasEngine) linkOrCopy(await ensureWasm({ cacheDir }), join(out, 'kustomize.wasm'))
  // its version is read from there
  if (home !== place) copyFileSync(join(place, 'package.json'), join(home, 'package.json'))
}

// the bundler looks into calls of `require` alone
function requireByName(code, id) {
  return id.endsWith('/libs/http/src/undici.ts') ? code.replaceAll("load('", "require('") : undefined
}

// what `charset` leaves, a holder's name in a licence
function escapeComments(_, files) {
  for (const file of Object.values(files)) {
    if (file.type === 'chunk') file.code = file.code.replaceAll(/[\u0080-\uffff]/g, escaped)
  }
}

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// of 27 MB; a second name for it where that is possible
function linkOrCopy(from, to) {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

for (const controller of controllers) await bundle(controller)
