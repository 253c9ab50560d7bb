// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

// beside src/ as beside dist/
const manifest = new URL('../package.json', import.meta.url)

/** Version of this package, which is that of all of them. */
export const version: string = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
