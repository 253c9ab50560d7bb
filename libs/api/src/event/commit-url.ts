// SPDX-License-Identifier: Apache-2.0
import { parseRevision } from '../artifact/revision.ts'
import type { ApiObject } from '../meta/object.ts'
import { originRevisionAnnotation, originSourceAnnotation } from '../names/keys.ts'
import type { Artifact } from '../schema/shapes.ts'

/** Longer ones are none: services cut values, and half a link leads elsewhere. */
const mostCharacters = 1000

const scpLike = /^(?:[^@/\s]+@)?([^:/@\s]+):(?!\/)(\S+)$/

/** What serves Git on port 443 by SSH, and where its pages are. */
const pageHosts = new Map([
  ['ssh.github.com', 'github.com'],
  ['altssh.gitlab.com', 'gitlab.com'],
  ['altssh.bitbucket.org', 'bitbucket.org'],
])

/** Path of a commit's page, from the segments of the repository's path; undefined where they name none. */
type Page = (segments: readonly string[], hash: string) => readonly string[] | undefined

const github: Page = (path, hash) => (path.length === 2 ? [...path, 'commit', hash] : undefined)
const gitlab: Page = (path, hash) => (path.length >= 2 ? [...path, '-', 'commit', hash] : undefined)
const bitbucket: Page = (path, hash) => (path.length === 2 ? [...path, 'commits', hash] : undefined)
const azure: Page = (path, hash) => (path.at(-2) === '_git' ? [...path, 'commit', hash] : undefined)

const services: readonly [host: RegExp, page: Page][] = [
  [/^(?:github\.com|[a-z0-9-]+\.ghe\.com|github\..+)$/, github],
  [/^gitlab\..+$/, gitlab],
  [/^(?:codeberg\.org|gitea\..+|forgejo\..+)$/, github],
  [/^bitbucket\.org$/, bitbucket],
  [/^(?:dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)$/, azure],
]

interface Repository {
  /** Host of the pages, with a port that is not 443. */
  readonly host: string
  /** Decoded. */
  readonly path: readonly string[]
}

/**
 * The page of a commit: `https://github.com/org/app/commit/<hash>`. Knows GitHub, GitLab, Gitea, Forgejo, Codeberg, Bitbucket
 * Cloud and Azure DevOps by their hosts, self-hosted ones by `github.`, `gitlab.`, `gitea.` or `forgejo.` before it. Undefined for any
 * other repository, and for a revision that is no commit. Always https, never with credentials; all odd characters are encoded.
 */
export function commitUrl(repositoryUrl: string, revision: string): string | undefined {
  const { algorithm = '', hash = '' } = parseRevision(revision)
  if (!isCommit(algorithm, hash)) return undefined
  const repository = readRepository(repositoryUrl)
  if (repository === undefined) return undefined
  const { hostname } = new URL(`https://${repository.host}`)
  const page = services.find(([host]) => host.test(hostname))?.[1](repository.path, hash)
  if (page === undefined) return undefined
  const url = `https://${repository.host}/${page.map(encodeSegment).join('/')}`
  return url.length > mostCharacters ? undefined : url
}

/**
 * The page of the commit that an artifact was made of: of a Git source by its address, else by the origin that was noted when the artifact
 * was pushed (`flux push artifact --source --revision`).
 */
export function artifactCommitUrl(
  source: Pick<ApiObject, 'kind'> & { readonly spec?: unknown },
  { metadata = {}, revision }: Pick<Artifact, 'metadata' | 'revision'>,
): string | undefined {
  if (source.kind !== 'GitRepository')
    return commitUrl(metadata[originSourceAnnotation] ?? '', metadata[originRevisionAnnotation] ?? '')
  const { url } = (source.spec ?? {}) as { url?: unknown }
  return typeof url === 'string' ? commitUrl(url, revision) : undefined
}

function isCommit(algorithm: string, hash: string): boolean {
  return /^(?:sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64})$/.test(`${algorithm}:${hash}`)
}

function readRepository(text: string): Repository | undefined {
  const [, scpHost, scpPath] = scpLike.exec(text) ?? []
  const url = URL.parse(scpHost === undefined ? text : `ssh://${scpHost}/${scpPath}`)
  const host = url === null ? undefined : pageHost(url)
  const path = url === null ? undefined : readPath(url.pathname)
  if (host === undefined || path === undefined) return undefined
  // Azure has addresses of its own for SSH: host:v3/organisation/project/repository
  const [version, organisation = '', project = '', name = '', ...rest] = path
  if (host !== 'ssh.dev.azure.com' && host !== 'vs-ssh.visualstudio.com') return { host, path }
  if (version !== 'v3' || name === '' || rest.length > 0) return undefined
  return { host: 'dev.azure.com', path: [organisation, project, '_git', name] }
}

/** The host where the pages are. The port of SSH, or of a server without TLS, says nothing about it. */
function pageHost({ protocol, hostname, port }: URL): string | undefined {
  const name = hostname.toLowerCase()
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name)) return undefined
  if (protocol === 'https:') return port === '' ? name : `${name}:${port}`
  if (protocol === 'ssh:') return pageHosts.get(name) ?? name
  return protocol === 'http:' && port === '' ? name : undefined
}

function readPath(pathname: string): readonly string[] | undefined {
  const trimmed = pathname.replace(/^\/+|(?<!\/)\/+$/g, '').replace(/\.git$/, '')
  try {
    const segments = trimmed.split('/').map(decodeURIComponent)
    return segments.every(isName) ? segments : undefined
  } catch {
    return undefined
  }
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\p{Cc}\p{Cf}]/u.test(segment)
}

// encodeURIComponent leaves what markdown takes for its own
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
}
