// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Case } from './case.ts'
import { allCases } from './cases/all.ts'
import { compare } from './compare.ts'
import { runCase } from './run-case.ts'
import type { Stage } from './run-case.ts'
import { ownPrograms } from './controllers.ts'
import { openPlace } from './place.ts'
import { Side } from './side.ts'

const { values } = parseArgs({
  options: {
    'flux-source': { type: 'string' },
    'flux-kustomize': { type: 'string' },
    only: { type: 'string', default: '' },
    parallel: { type: 'string', default: '6' },
    keep: { type: 'boolean', default: false },
  },
})
const { 'flux-source': fluxSource, 'flux-kustomize': fluxKustomize } = values
if (fluxSource === undefined || fluxKustomize === undefined) {
  console.error(
    'usage: node --conditions=source e2e/beside-flux/main.ts --flux-source PROGRAM --flux-kustomize PROGRAM [--only REGEXP]',
  )
  process.exit(2)
}

await using place = await openPlace({ prefix: 'beside-flux-', keep: values.keep, env: process.env })
const { client, gitRoot, gitUrl, kubeconfig, directory, cacheDir } = place
const shared = { kubeconfig, directory, cacheDir }
const fluxPrograms = { source: [fluxSource], kustomize: [fluxKustomize], notification: [] }
const options = [
  { whose: 'flux', programs: fluxPrograms, ...shared },
  { whose: 'tidelock', programs: ownPrograms(), ...shared },
] as const
const only = new RegExp(values.only)
const chosen = allCases.filter(({ name }) => only.test(name))
const groups = Map.groupBy(chosen, ({ flags = [] }) => flags.join(' '))
let differing = 0

async function work(stage: Stage, left: Case[]): Promise<void> {
  for (let test = left.shift(); test !== undefined; test = left.shift()) {
    const lines: string[] = []
    try {
      for (const { does, snapshots } of await runCase(stage, test)) {
        const [flux = new Map<string, string>(), tidelock = new Map<string, string>()] = snapshots
        for (const { path, ...values } of compare(flux, tidelock)) {
          lines.push(`- ${does}: ${path}`)
          if (values.flux !== undefined) lines.push(`    flux:     ${values.flux}`)
          if (values.tidelock !== undefined) lines.push(`    tidelock: ${values.tidelock}`)
        }
      }
    } catch (error) {
      lines.push(`- could not be played: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (lines.length > 0) differing += 1
    console.log([`## ${test.name}${lines.length === 0 ? ': equal' : ''}`, ...lines].join('\n'))
  }
}
for (const [group, [flags, cases]] of [...groups].entries()) {
  await using ends = new AsyncDisposableStack()
  const sides: Side[] = []
  for (const option of options) {
    const side = ends.use(await Side.start(option, group, flags.split(' ').filter(Boolean)))
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: side.system } })
    sides.push(side)
  }
  const stage: Stage = { client, sides, gitRoot, gitUrl, kubeconfig: await readFile(kubeconfig, 'utf8') }
  const left = [...cases]
  await Promise.all(Array.from({ length: Number(values.parallel) }, () => work(stage, left)))
}
console.log(`\n${chosen.length} cases, ${differing} differ`)
