// SPDX-License-Identifier: Apache-2.0
import { parseRepository } from '@tidelock/oci'
import type { RepositoryName } from '@tidelock/oci'

const scheme = 'oci://'

/** The repository of `spec.url`. Throws with Flux's wording. */
export function parseRepositoryUrl(url: string): RepositoryName {
  if (!url.startsWith(scheme)) throw new Error("URL must be in format 'oci://<domain>/<org>/<repo>'")
  const name = url.slice(scheme.length)
  const path = name.slice(name.indexOf('/') + 1)
  const mark = path.search(/[:@]/)
  if (mark !== -1) {
    const what = path[mark] === ':' ? 'a tag' : 'a digest'
    throw new Error(`URL must not contain ${what}; remove '${path.slice(mark)}'`)
  }
  return parseRepository(name)
}
