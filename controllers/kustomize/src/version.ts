// SPDX-License-Identifier: Apache-2.0
import manifest from '../package.json' with { type: 'json' }

/** Version of this package, which is that of all of them. */
export const version: string = manifest.version
