// SPDX-License-Identifier: Apache-2.0
import { gitRepositoryKind } from '@tidelock/api'
import type { JsonObject } from '@tidelock/api'
import { Option } from 'commander'
import { CliError } from '../../errors.ts'
import { requireKind } from '../../kinds/kinds.ts'
import { artifactRevision } from '../../kinds/listed.ts'
import { gitUrl, httpCredentials } from '../../secrets/git-credentials.ts'
import type { SecretContent } from '../../secrets/secret-content.ts'
import { addWithCommas } from '../flag-values.ts'
import { addKeyFlags, sshContent } from './key-flags.ts'
import type { KeyFlags } from './key-flags.ts'
import type { ObjectRecipe, RecipeContext } from './recipe.ts'
import { addSourceFlags, sourceSpec } from './source-flags.ts'
import type { SourceFlags } from './source-flags.ts'

interface GitFlags extends SourceFlags, KeyFlags {
  readonly branch?: string
  readonly tag?: string
  readonly tagSemver?: string
  readonly refName?: string
  readonly commit?: string
  readonly provider?: string
  readonly caFile?: string
  readonly recurseSubmodules?: boolean
  readonly silent?: boolean
  readonly sparseCheckoutPaths?: readonly string[]
}

/** `tidelock create source git`. */
export const sourceGit: ObjectRecipe<GitFlags> = {
  kind: requireKind(gitRepositoryKind),
  words: 'source git',
  noun: 'GitRepository source',
  isAnnounced: true,
  examples: `
Examples:
  tidelock create source git fleet --url https://example.com/fleet --branch main
  tidelock create source git fleet --url https://example.com/fleet --tag-semver ">=1.0.0" --export > fleet.yaml
  tidelock create source git fleet --url ssh://git@example.com/fleet --branch main --ssh-key-algorithm ed25519`,
  addFlags: (command) => {
    command
      .option('--url <url>', 'address: ssh://, https:// or http://')
      .option('--branch <name>', 'branch')
      .option('--tag <name>', 'tag')
      .option('--tag-semver <range>', 'newest tag within a range of versions')
      .option('--ref-name <name>', 'name of a reference: refs/heads/main')
      .option('--commit <id>', 'commit; with --branch one on that branch')
      .addOption(
        new Option('--provider <name>', 'where credentials come from').choices(['generic', 'github', 'aws', 'azure']),
      )
      .option('--ca-file <file>', 'certificates that sign the one of the server')
      .option('--recurse-submodules', 'with submodules')
      .option('--sparse-checkout-paths <list>', 'only these directories, with commas between', addWithCommas)
      .option('-s, --silent', 'do not ask whether the deploy key is set up')
    addKeyFlags(command)
    addSourceFlags(command)
  },
  toSpec: (flags) => {
    if (gitUrl(flags.url).protocol === 'ssh:' && flags.caFile !== undefined)
      throw new CliError('UsageInvalid', '--ca-file: specifying a CA file is not supported for Git over SSH')
    const { provider, recurseSubmodules, sparseCheckoutPaths } = flags
    return {
      ...sourceSpec(flags),
      ref: toReference(flags),
      ...(provider === undefined ? {} : { provider }),
      ...(recurseSubmodules === true ? { recurseSubmodules } : {}),
      ...(sparseCheckoutPaths === undefined ? {} : { sparseCheckout: [...sparseCheckoutPaths] }),
    }
  },
  credentials: async (flags, context) => {
    if (flags.secretRef !== undefined) return undefined
    const content = await toContent(flags, context)
    if (Object.keys(content.stringData).length === 0) return undefined
    const { known_hosts: hosts, 'identity.pub': key } = content.stringData
    if (hosts !== undefined) context.note(`✔ collected public key from SSH server:\n${hosts}`)
    if (key !== undefined) {
      context.note(`✚ deploy key: ${key}`)
      if (flags.silent !== true) await context.confirm('Have you added the deploy key to your repository', '--silent')
    }
    return content
  },
  done: (obj) => {
    const revision = artifactRevision(obj)
    if (revision === '')
      throw new CliError('NotReady', 'GitRepository source reconciliation completed but no artifact was found')
    return ['GitRepository source reconciliation completed', `fetched revision: ${revision}`]
  },
}

function toReference({ commit, branch, refName, tagSemver, tag }: GitFlags): JsonObject {
  if (commit) return { commit, ...(branch ? { branch } : {}) }
  if (refName) return { name: refName }
  if (tagSemver) return { semver: tagSemver }
  if (tag) return { tag }
  if (branch) return { branch }
  throw new CliError(
    'UsageInvalid',
    'a Git ref is required, use one of the following: --branch, --tag, --commit, --ref-name or --tag-semver',
  )
}

async function toContent(flags: GitFlags, context: RecipeContext): Promise<SecretContent> {
  const url = gitUrl(flags.url)
  if (url.protocol === 'ssh:') return await sshContent(url, flags, context)
  const { username = '', password = '', caFile } = flags
  const isSecure = url.protocol === 'https:'
  if (!isSecure && username !== '' && password !== '')
    context.note('⚠️ insecure configuration: credentials configured for an HTTP URL')
  const ca = isSecure && caFile !== undefined ? await context.readText(caFile, '--ca-file') : ''
  return httpCredentials({ username, password, ca })
}
