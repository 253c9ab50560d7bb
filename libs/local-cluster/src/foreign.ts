// SPDX-License-Identifier: Apache-2.0
import { findProgram } from './find-program.ts'
import { runProgram } from './run.ts'
import type { ComponentName } from './types.ts'

/** A binary that others made. */
export interface ForeignBinary {
  readonly path: string
  readonly version: Version
}

/** Major, minor and patch. */
export type Version = readonly [number, number, number]

/** The oldest versions that understand the flags and files which we give them. */
export const MINIMUM_VERSIONS: Readonly<Record<ComponentName, Version>> = {
  etcd: [3, 5, 0],
  'nats-server': [2, 10, 0],
  'kube-apiserver': [1, 33, 0],
  'kube-controller-manager': [1, 33, 0],
  'kube-scheduler': [1, 33, 0],
  kwok: [0, 6, 0],
}

/** Finds a component on the search path and asks its version; undefined if there is none or it does not tell. */
export async function findForeign(
  component: ComponentName,
  searchPath: string,
  signal: AbortSignal | undefined,
): Promise<ForeignBinary | undefined> {
  const path = await findProgram(component, searchPath)
  if (path === undefined) return undefined
  const { stdout, stderr } = await runProgram(path, ['--version'], { signal })
  const version = parseVersion(stdout) ?? parseVersion(stderr)
  return version === undefined ? undefined : { path, version }
}

/** The first version in what a program prints, such as `Kubernetes v1.36.3` or `etcd Version: 3.6.8`. */
export function parseVersion(output: string): Version | undefined {
  const match = /(?:^|[\sv])(\d+)\.(\d+)\.(\d+)/.exec(output)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}

/** Whether the version is not older than the minimum. */
export function isRecentEnough(version: Version, minimum: Version): boolean {
  for (const [index, part] of minimum.entries()) {
    const difference = (version[index] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}
