// SPDX-License-Identifier: Apache-2.0
import { ociRepositoryKind } from '@tidelock/api'
import type { JsonObject } from '@tidelock/api'
import { InvalidArgumentError, Option } from 'commander'
import { CliError } from '../../errors.ts'
import { requireKind } from '../../kinds/kinds.ts'
import { artifactRevision } from '../../kinds/listed.ts'
import type { ObjectRecipe } from './recipe.ts'
import { addSourceFlags, refer, sourceSpec } from './source-flags.ts'
import type { SourceFlags } from './source-flags.ts'

interface OciFlags extends SourceFlags {
  readonly provider: string
  readonly tag?: string
  readonly tagSemver?: string
  readonly digest?: string
  readonly serviceAccount?: string
  readonly certRef?: string
  readonly verifyProvider?: string
  readonly verifySecretRef?: string
  readonly verifySubject?: string
  readonly verifyIssuer?: string
  readonly insecure?: boolean
  readonly layerSelector?: JsonObject
}

/** `tidelock create source oci`. */
export const sourceOci: ObjectRecipe<OciFlags> = {
  kind: requireKind(ociRepositoryKind),
  words: 'source oci',
  noun: 'OCIRepository',
  isAnnounced: false,
  examples: `
Examples:
  tidelock create source oci shop --url oci://ghcr.io/example/shop --tag 1.4.0 --interval 10m
  tidelock create source oci shop --url oci://ghcr.io/example/shop --tag-semver "1.x" --verify-provider cosign --export`,
  addFlags: (command) => {
    command
      .option('--url <url>', 'address: oci://')
      .option('--tag <name>', 'tag')
      .option('--tag-semver <range>', 'newest tag within a range of versions')
      .option('--digest <digest>', 'digest of the manifest')
      .addOption(
        new Option('--provider <name>', 'where credentials come from')
          .choices(['generic', 'aws', 'azure', 'gcp'])
          .default('generic'),
      )
      .option('--service-account <name>', 'ServiceAccount with pull secrets')
      .option('--cert-ref <name>', 'Secret with certificates')
      .addOption(new Option('--verify-provider <name>', 'how signatures are verified').choices(['cosign', 'notation']))
      .option('--verify-secret-ref <name>', 'Secret with public keys')
      .option('--verify-subject <pattern>', 'regular expression for the subject of a keyless signature')
      .option('--verify-issuer <pattern>', 'regular expression for its issuer')
      .option('--insecure', 'over plain HTTP')
      .option('--layer-selector <type:operation>', 'which layer, and extract or copy', layerSelectorFlag)
    addSourceFlags(command)
  },
  toSpec: (flags) => {
    const { provider, insecure, layerSelector, serviceAccount } = flags
    return {
      ...sourceSpec(requireUrl(flags)),
      ...{ provider, ref: toReference(flags) },
      ...(insecure === true ? { insecure } : {}),
      ...(layerSelector === undefined ? {} : { layerSelector }),
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...refer('certSecretRef', flags.certRef),
      ...toVerification(flags),
    }
  },
  done: (obj) => {
    const revision = artifactRevision(obj)
    if (revision === '') throw new CliError('NotReady', 'no artifact was found')
    return ['OCIRepository reconciliation completed', `fetched revision: ${revision}`]
  },
}

function requireUrl<F extends OciFlags>(flags: F): F {
  if (!flags.url) throw new CliError('UsageInvalid', 'url is required: give --url')
  return flags
}

function toReference({ digest, tagSemver, tag }: OciFlags): JsonObject {
  if (!digest && !tagSemver && !tag) throw new CliError('UsageInvalid', '--tag, --tag-semver or --digest is required')
  return { ...(digest ? { digest } : {}), ...(tagSemver ? { semver: tagSemver } : {}), ...(tag ? { tag } : {}) }
}

function toVerification(flags: OciFlags): JsonObject {
  const { verifyProvider, verifySecretRef, verifySubject = '', verifyIssuer = '' } = flags
  const isKeyless = verifySubject !== '' || verifyIssuer !== ''
  if (verifyProvider === undefined) {
    const what = verifySecretRef !== undefined ? 'a secret' : isKeyless ? 'OIDC issuer/subject' : undefined
    if (what === undefined) return {}
    throw new CliError('UsageInvalid', `a verification provider must be specified when ${what} is specified`)
  }
  const identity = { issuer: verifyIssuer, subject: verifySubject }
  return {
    verify: {
      provider: verifyProvider,
      ...refer('secretRef', verifySecretRef),
      ...(isKeyless ? { matchOIDCIdentity: [identity] } : {}),
    },
  }
}

function layerSelectorFlag(text: string): JsonObject {
  const at = text.lastIndexOf(':')
  const [mediaType, operation] = [text.slice(0, at), text.slice(at + 1)]
  if (at <= 0 || operation === '')
    throw new InvalidArgumentError("It must be in the format '<media-type>:<operation>'.")
  if (operation !== 'extract' && operation !== 'copy')
    throw new InvalidArgumentError('The operation must be "extract" or "copy".')
  return { mediaType, operation }
}
