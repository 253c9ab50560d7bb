// SPDX-License-Identifier: Apache-2.0
import { extname } from 'node:path'

const types: ReadonlyMap<string, string> = new Map([
  ['.gz', 'application/gzip'],
  ['.tgz', 'application/gzip'],
  ['.json', 'application/json'],
  ['.yaml', 'application/yaml'],
  ['.yml', 'application/yaml'],
])

/** The media type of a file of the store, by its name. */
export function contentTypeOf(path: string): string {
  return types.get(extname(path).toLowerCase()) ?? 'application/octet-stream'
}
