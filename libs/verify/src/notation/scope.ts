// SPDX-License-Identifier: Apache-2.0

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const domain = new RegExp(`^${label}(?:\\.${label})*(?::[0-9]+)?$`)
const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

/** Whether a text names a repository with its registry, as in `ghcr.io/org/app`. */
export function isScope(text: string): boolean {
  const [host = '', ...path] = text.split('/')
  return text.length <= 512 && domain.test(host) && path.length > 0 && path.every((part) => component.test(part))
}
