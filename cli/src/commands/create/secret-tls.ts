// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { errorMessage } from '@tidelock/errors'
import { CliError } from '../../errors.ts'
import type { SecretRecipe } from './recipe.ts'

interface TlsFlags {
  readonly tlsCrtFile?: string
  readonly tlsKeyFile?: string
  readonly caCrtFile?: string
}

/** `tidelock create secret tls`. */
export const secretTls: SecretRecipe<TlsFlags> = {
  word: 'tls',
  description: 'create or update a Secret with certificates',
  examples: `
Examples:
  tidelock create secret tls certs --tls-crt-file client.crt --tls-key-file client.key --ca-crt-file ca.crt`,
  afterExport: '',
  addFlags: (command) =>
    void command
      .option('--tls-crt-file <file>', 'certificate, PEM')
      .option('--tls-key-file <file>', 'its private key, PEM')
      .option('--ca-crt-file <file>', 'certificates that sign others, PEM'),
  toContent: async ({ tlsCrtFile, tlsKeyFile, caCrtFile }, { readText }) => {
    const read = async (file: string | undefined, flag: string): Promise<string> =>
      file === undefined ? '' : await readText(file, flag)
    const ca = await read(caCrtFile, '--ca-crt-file')
    const certificate = await read(tlsCrtFile, '--tls-crt-file')
    const key = await read(tlsKeyFile, '--tls-key-file')
    if (certificate !== '' && key === '') throw refused('found certificate but missing private key: add --tls-key-file')
    if (key !== '' && certificate === '') throw refused('found private key but missing certificate: add --tls-crt-file')
    if (key === '' && ca === '')
      throw refused(
        'no CA certificate or client certificate pair found: give --ca-crt-file, or --tls-crt-file and --tls-key-file',
      )
    const authority = ca === '' ? {} : { 'ca.crt': ca }
    if (key === '') return { type: 'Opaque', stringData: authority }
    requirePair(certificate, key)
    return { type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate, 'tls.key': key, ...authority } }
  },
}

function requirePair(certificate: string, key: string): void {
  let fits: boolean
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch (cause) {
    throw refused(`invalid TLS certificate and key pair: ${errorMessage(cause)}`)
  }
  if (!fits) throw refused('invalid TLS certificate and key pair: tls: private key does not match public key')
}

function refused(message: string): CliError {
  return new CliError('UsageInvalid', message)
}
