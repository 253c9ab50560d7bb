// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Destination } from '../../sender/destination.ts'

/** A repository at a Git service. */
export interface Repository {
  /** `https://host[:port]`; that of an SSH address too. */
  readonly origin: string
  /** Path without leading slash and `.git`. */
  readonly id: string
}

const scpLike = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)([^\s]+)$/

/** Reads the address of a repository: https, http, ssh, or `git@host:path`. Throws `InvalidConfig`; the address may hold a secret and is not shown. */
export function readRepository({ address }: Pick<Destination, 'address'>): Repository {
  const [, host, path] = scpLike.exec(address) ?? []
  const url = URL.parse(host === undefined ? address : `ssh://${host}/${path}`)
  const isKnown = url !== null && ['https:', 'http:', 'ssh:'].includes(url.protocol) && url.host !== ''
  const id = url?.pathname.replace(/^\/+/, '').replace(/\.git$/, '') ?? ''
  if (!isKnown || id === '')
    throw new NotificationError(
      'InvalidConfig',
      'invalid repository address: spec.address, or the key address of the Secret, must be a URL such as https://host/owner/repository',
    )
  return { origin: `${url.protocol === 'http:' ? 'http' : 'https'}://${url.host}`, id }
}

/** The same where a service knows `owner/repository` only. Throws `InvalidConfig`. */
export function readOwned(
  to: Pick<Destination, 'address'>,
): Repository & { readonly owner: string; readonly name: string } {
  const repository = readRepository(to)
  const [owner = '', name = '', ...rest] = repository.id.split('/')
  if (owner === '' || name === '' || rest.length > 0)
    throw new NotificationError('InvalidConfig', `invalid repository id: '${repository.id}' is not owner/repository`)
  return { ...repository, owner, name }
}

/** The token of a Provider's Secret, else its password. Throws `InvalidConfig` where it has neither. */
export function requireToken({ token, password }: Pick<Destination, 'token' | 'password'>, service: string): string {
  if (token !== '' || password !== '') return token || password
  throw new NotificationError('InvalidConfig', `the ${service} token is empty: the Secret needs the key token`)
}
