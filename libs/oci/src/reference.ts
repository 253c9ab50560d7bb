// SPDX-License-Identifier: Apache-2.0
import { OciError } from './errors.ts'

/** A repository by name. */
export interface RepositoryName {
  /** Host with port; Docker Hub is `index.docker.io`. */
  readonly registry: string
  /** `library/alpine`. */
  readonly path: string
}

/** A repository, and what in it is meant: a digest wins over a tag. */
export interface Reference extends RepositoryName {
  readonly tag?: string
  readonly digest?: string
}

/** Docker Hub, as Docker writes it in its config file's keys and go-containerregistry in messages. */
export const dockerHub = 'index.docker.io'

const maxRepositoryLength = 255
const hostPattern =
  /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63}){0,32}\.?)(?::[0-9]{1,5})?$/
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/**
 * Reads `[oci://]host[:port]/path` without tag or digest. A first part without a dot or port that is not `localhost` is a part of the
 * path, and the registry Docker Hub, as with Docker; there a path of one part is in `library`. Throws `InvalidReference`.
 */
export function parseRepository(text: string): RepositoryName {
  const name = text.startsWith('oci://') ? text.slice('oci://'.length) : text
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const isHost = /[.:]/.test(first) || first === 'localhost'
  const registry = isHost ? normalizeRegistry(first) : dockerHub
  const path = isHost ? name.slice(slash + 1) : name
  return { registry, path: checkPath(registry === dockerHub && !path.includes('/') ? `library/${path}` : path) }
}

/** Reads `[oci://]host[:port]/path[:tag][@digest]`. Throws `InvalidReference`. */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@')
  const before = at === -1 ? text : text.slice(0, at)
  const colon = before.lastIndexOf(':')
  const hasTag = colon > before.lastIndexOf('/')
  return {
    ...parseRepository(hasTag ? before.slice(0, colon) : before),
    ...(hasTag ? { tag: checkTag(before.slice(colon + 1)) } : {}),
    ...(at === -1 ? {} : { digest: checkDigest(text.slice(at + 1)) }),
  }
}

/** The host under its one name. Throws `InvalidReference`. */
export function normalizeRegistry(host: string): string {
  const lower = host.toLowerCase()
  if (lower === 'docker.io' || lower === 'registry-1.docker.io' || lower === dockerHub) return dockerHub
  const port = /:([0-9]+)$/.exec(host)?.[1]
  if (!hostPattern.test(host) || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) {
    throw new OciError('InvalidReference', `invalid registry ${quote(host)}: want host or host:port`)
  }
  return host
}

/** Returns the path. Throws `InvalidReference`. */
export function checkPath(path: string): string {
  if (path.length > maxRepositoryLength || !pathPattern.test(path)) {
    throw new OciError(
      'InvalidReference',
      `invalid repository ${quote(path)}: want lower-case letters, digits, '.', '_' and '-' between slashes, at most ${maxRepositoryLength} characters`,
    )
  }
  return path
}

/** Returns the tag. Throws `InvalidReference`. */
export function checkTag(tag: string): string {
  if (tagPattern.test(tag)) return tag
  throw new OciError(
    'InvalidReference',
    `invalid tag ${quote(tag)}: want at most 128 letters, digits, '_', '.' and '-', not beginning with '.' or '-'`,
  )
}

/** Returns the digest. Throws `InvalidReference`. */
export function checkDigest(digest: string): string {
  if (isDigest(digest)) return digest
  throw new OciError('InvalidReference', `invalid digest ${quote(digest)}: want sha256: or sha512: and lower-case hex`)
}

/** Whether the text is a digest that this package can check. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text)
}

/** Returns the tag or digest. Throws `InvalidReference`. */
export function checkTagOrDigest(reference: string): string {
  return reference.includes(':') ? checkDigest(reference) : checkTag(reference)
}

/** As go-containerregistry and crane write it: `host/path:tag` or `host/path@digest`. */
export function formatReference(name: RepositoryName, reference: string): string {
  return `${name.registry}/${name.path}${reference.includes(':') ? '@' : ':'}${reference}`
}

function quote(text: string): string {
  return JSON.stringify(text.length > 128 ? `${text.slice(0, 128)}…` : text)
}
