// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureGoCommand } from '@tidelock/local-cluster'
import type { GoModule } from '@tidelock/local-cluster'

const module: GoModule = {
  sourceDir: fileURLToPath(new URL('../../go/', import.meta.url)),
  linkerFlags: ['-s', '-w'],
}

/** Where builds are kept, and what is told of them. */
export interface RegistryBinaryOptions {
  /** Default: the per-user cache of our set-up. */
  readonly cacheDir?: string
  readonly onProgress?: (line: string) => void
}

/** The path of the distribution registry, built by the first who asks (our set-up does) and kept. */
export function ensureRegistry(options: RegistryBinaryOptions = {}): Promise<string> {
  const { env } = process
  const cacheDir =
    options.cacheDir ?? env['TIDELOCK_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
  return ensureGoCommand(module, 'tidelock-registry', {
    cacheDir,
    ...(env['PATH'] === undefined ? {} : { searchPath: env['PATH'] }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
}
