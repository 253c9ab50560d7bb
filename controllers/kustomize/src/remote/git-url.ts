// SPDX-License-Identifier: Apache-2.0

/**
 * Why a repository cannot be fetched from this URL; undefined when it can. Kustomize takes `ssh://`, `user@host:path` and `file://` too.
 */
export function refusedGitUrl(url: string): string | undefined {
  if (/^https?:\/\//i.test(url)) return undefined
  if (/^file:\/\//i.test(url))
    return 'local repositories are out of reach: copy it into the source, and refer to it by its path'
  return 'repositories over SSH are not supported: use its https:// URL'
}

/** One line of `.gitmodules` that counts. */
export interface GitModule {
  readonly path: string
  readonly url: string
}

/** The submodules of a `.gitmodules` file; those without path or URL are left out. */
export function parseGitModules(text: string): GitModule[] {
  const modules: { path?: string; url?: string }[] = []
  for (const line of text.split('\n')) {
    if (/^\s*\[/.test(line)) modules.push({})
    const [, key, quoted, plain] = /^(path|url)\s*=\s*(?:"([^"]*)"|(\S.*))$/.exec(line.trim()) ?? []
    const current = modules.at(-1)
    if (current !== undefined && (key === 'path' || key === 'url')) current[key] = quoted ?? plain ?? ''
  }
  return modules.flatMap(({ path = '', url = '' }) => (path === '' || url === '' ? [] : [{ path, url }]))
}

/** The URL of a submodule, which may be relative to that of its parent (`../other.git`), user information included. */
export function resolveModuleUrl(url: string, parent: string): string {
  if (!/^\.\.?\//.test(url)) return url
  return new URL(url, `${parent.replace(/(?<!\/)\/+$/, '')}/`).href
}
