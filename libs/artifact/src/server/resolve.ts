// SPDX-License-Identifier: Apache-2.0
import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { codeOf } from '@tidelock/errors'
import { isHiddenName } from './listing.ts'

/** A file or directory that may be served. */
export interface Served {
  /** Free of links. */
  readonly path: string
  readonly stats: Stats
}

/** The segments of a request's path, or undefined when it names nothing that may be served. */
export function segmentsOf(url: string): readonly string[] | undefined {
  const path = /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? ''
  const segments = path.split('/').filter((segment) => segment !== '')
  const decoded = segments.map(decode)
  return decoded.every((segment) => segment !== undefined) ? decoded : undefined
}

function decode(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment)
    return isHiddenName(name) || /[/\\\0]/.test(name) ? undefined : name
  } catch {
    return undefined
  }
}

/** What stands at a path below the root, links followed only within it. Undefined when nothing does. */
export async function resolveServed(root: string, segments: readonly string[]): Promise<Served | undefined> {
  try {
    const base = await realpath(root)
    const path = await realpath(join(base, ...segments))
    if (path !== base && !path.startsWith(base + sep)) return undefined
    return { path, stats: await stat(path) }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}
