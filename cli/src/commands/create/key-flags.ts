// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { sshCredentials } from '../../secrets/git-credentials.ts'
import type { SecretContent } from '../../secrets/secret-content.ts'
import type { KeyChoice } from '../../ssh/key-pair.ts'
import type { RecipeContext } from './recipe.ts'

/** The flags about the keys of a Git repository. */
export interface KeyFlags {
  readonly username?: string
  readonly password?: string
  readonly privateKeyFile?: string
  readonly sshKeyAlgorithm: KeyChoice['algorithm']
  readonly sshRsaBits: number
  readonly sshEcdsaCurve: KeyChoice['ecdsaCurve']
}

/** Adds those flags. */
export function addKeyFlags(command: Command): void {
  command
    .option('-u, --username <name>', 'user of basic authentication')
    .option('-p, --password <text>', 'password of basic authentication, or passphrase of --private-key-file')
    .option('--private-key-file <file>', 'private key for SSH; without it one is made')
    .addOption(
      new Option('--ssh-key-algorithm <name>', 'kind of the key that is made')
        .choices(['rsa', 'ecdsa', 'ed25519'])
        .default('ecdsa'),
    )
    .option('--ssh-rsa-bits <number>', 'size of an RSA key', rsaBitsFlag, 2048)
    .addOption(
      new Option('--ssh-ecdsa-curve <name>', 'curve of an ECDSA key').choices(['p256', 'p384', 'p521']).default('p384'),
    )
}

function rsaBitsFlag(text: string): number {
  const bits = Number(text)
  // what Go and OpenSSL still make in bearable time
  if (Number.isInteger(bits) && bits >= 1024 && bits <= 16_384 && bits % 8 === 0) return bits
  throw new InvalidArgumentError('It must be a multiple of 8 from 1024 to 16384.')
}

/** The content of a Secret for a repository over SSH. */
export async function sshContent(
  url: URL,
  flags: KeyFlags,
  { readText, signal }: RecipeContext,
): Promise<SecretContent> {
  const { privateKeyFile, password = '', sshKeyAlgorithm, sshRsaBits, sshEcdsaCurve } = flags
  const privateKey = privateKeyFile === undefined ? undefined : await readText(privateKeyFile, '--private-key-file')
  const choice = { algorithm: sshKeyAlgorithm, rsaBits: sshRsaBits, ecdsaCurve: sshEcdsaCurve }
  return await sshCredentials(url, { privateKey, password, choice }, signal)
}
