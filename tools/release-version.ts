// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

/** The one version of all packages, without a `v`. */
export function releaseVersion(): string {
  const manifest = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
