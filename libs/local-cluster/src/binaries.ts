// SPDX-License-Identifier: Apache-2.0
import { delimiter } from 'node:path'
import { LocalClusterError } from './errors.ts'
import { type ForeignBinary, findForeign, isRecentEnough, MINIMUM_VERSIONS, type Version } from './foreign.ts'
import { clusterModule, ensureGoCommand } from './go-build.ts'
import type { Binaries, Binary, BinaryOptions, ComponentChoice, ComponentName } from './types.ts'

/** What an assets folder (`KUBEBUILDER_ASSETS`) must hold. */
const ASSETS: readonly ComponentName[] = ['kube-apiserver', 'etcd']
const KUBERNETES: readonly ComponentName[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']

/** The components that a choice asks for, in start order. */
function chooseComponents(choice: ComponentChoice = {}): ComponentName[] {
  const chosen: ComponentName[] = ['etcd']
  if (choice.nats !== false) chosen.push('nats-server')
  chosen.push('kube-apiserver')
  if (choice.controllerManager !== false) chosen.push('kube-controller-manager')
  if (choice.scheduler !== false) chosen.push('kube-scheduler')
  if (choice.kwok !== false) chosen.push('kwok')
  return chosen
}

/**
 * Finds or builds everything that the chosen components need. Ready binaries win: first those of the assets folder, then
 * those on the search path. Throws `UnsupportedVersion` for an assets folder that is too old or incomplete; binaries on the
 * search path that do not fit are passed over.
 */
export async function ensureBinaries(options: BinaryOptions): Promise<Binaries> {
  const wanted = chooseComponents(options.components)
  const foreign = new Map<ComponentName, string>()
  await takeFromAssets(wanted, options, foreign)
  await takeFromSearchPath(wanted, options, foreign)
  const tools = await ensureGoCommand(clusterModule, 'tidelock-tools', options)
  const own = wanted.every((name) => foreign.has(name))
    ? ''
    : await ensureGoCommand(clusterModule, 'tidelock-cluster', options)
  const components: Partial<Record<ComponentName, Binary>> = {}
  for (const name of wanted) {
    const path = foreign.get(name)
    components[name] =
      path === undefined ? { path: own, args: [name], own: true } : { path: tools, args: ['run', path], own: false }
  }
  return { tools, components }
}

async function takeFromAssets(
  wanted: readonly ComponentName[],
  options: BinaryOptions,
  foreign: Map<ComponentName, string>,
): Promise<void> {
  const { assetsDir } = options
  if (assetsDir === undefined || assetsDir === '') return
  for (const name of wanted) {
    const found = await findForeign(name, assetsDir, options.signal)
    if (found === undefined) {
      if (!ASSETS.includes(name)) continue
      throw new LocalClusterError(
        'ToolMissing',
        `the assets folder ${assetsDir} has no working ${name}: fill it (setup-envtest use) or do not set KUBEBUILDER_ASSETS`,
      )
    }
    if (!isRecentEnough(found.version, MINIMUM_VERSIONS[name])) {
      throw new LocalClusterError(
        'UnsupportedVersion',
        `${found.path} is version ${formatVersion(found.version)}, need at least ${formatVersion(MINIMUM_VERSIONS[name])}: ` +
          'fill the folder with a newer one or do not set KUBEBUILDER_ASSETS',
      )
    }
    foreign.set(name, found.path)
  }
}

async function takeFromSearchPath(
  wanted: readonly ComponentName[],
  options: BinaryOptions,
  foreign: Map<ComponentName, string>,
): Promise<void> {
  if (options.searchPath === undefined || options.searchPath === delimiter) return
  const found = new Map<ComponentName, ForeignBinary>()
  for (const name of wanted) {
    if (foreign.has(name)) continue
    const binary = await findForeign(name, options.searchPath, options.signal)
    if (binary === undefined) continue
    if (isRecentEnough(binary.version, MINIMUM_VERSIONS[name])) found.set(name, binary)
    else options.onProgress?.(`passing over ${binary.path}: version ${formatVersion(binary.version)} is too old`)
  }
  const usable = isWholeKubernetes(wanted, found)
  for (const [name, binary] of found) if (usable || !KUBERNETES.includes(name)) foreign.set(name, binary.path)
}

// Kubernetes' parts are made for each other: they come from one place and one minor version, or all from our own build.
function isWholeKubernetes(
  wanted: readonly ComponentName[],
  found: ReadonlyMap<ComponentName, ForeignBinary>,
): boolean {
  const parts = wanted.filter((name) => KUBERNETES.includes(name)).map((name) => found.get(name)?.version)
  const first = parts[0]
  return first !== undefined && parts.every((version) => version?.[0] === first[0] && version[1] === first[1])
}

function formatVersion(version: Version): string {
  return version.join('.')
}
