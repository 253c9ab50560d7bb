// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, hasCode } from '@tidelock/errors'
import { findCredentials, parseDockerConfig } from '@tidelock/oci'
import type { Credentials, RepositoryName } from '@tidelock/oci'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { askHelper } from './credential-helper.ts'

type Place = Pick<Environment, 'env' | 'home' | 'signal'>

/**
 * The credentials that `docker login` left for a repository: in `config.json` of `DOCKER_CONFIG` or `~/.docker`, or with the helper that
 * it names. Undefined where there are none. Throws UsageInvalid for a file that cannot be read, and OciError InvalidCredentials.
 */
export async function dockerCredentials(repository: RepositoryName, place: Place): Promise<Credentials | undefined> {
  const path = join(place.env['DOCKER_CONFIG'] || join(place.home, '.docker'), 'config.json')
  const text = await readConfig(path)
  if (text === undefined) return undefined
  const found = findCredentials(parseDockerConfig(text), repository)
  if (found !== undefined) return found
  const { registry } = repository
  // Docker's own name for its hub in all that it stores
  const server = registry === 'index.docker.io' ? 'https://index.docker.io/v1/' : registry
  const { credHelpers = {}, credsStore } = JSON.parse(text) as {
    credHelpers?: Record<string, string>
    credsStore?: string
  }
  const helper = credHelpers[server] ?? credHelpers[registry] ?? credsStore
  return helper === undefined || helper === '' ? undefined : await askHelper(helper, server, place)
}

async function readConfig(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined
    throw new CliError('UsageInvalid', `cannot read the credentials of ${path}: ${errorMessage(cause)}`, { cause })
  }
}
