// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { createProgram } from '../../program.ts'

const directory = join(import.meta.dirname, '../../../testdata/create')
const exports = JSON.parse(readFileSync(join(directory, 'exports.json'), 'utf8')) as { line: string; out: string }[]

/** Runs a command line in the directory of the test data, without a cluster. */
async function run(line: string): Promise<{ out: string; err: string }> {
  let out = ''
  let err = ''
  const program = createProgram({
    ...{ env: {}, home: directory, cwd: directory, self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  try {
    await program.parseAsync(['node', 'tidelock', ...line.split(' ')])
  } catch (error) {
    if (!(error instanceof CommanderError)) err += errorMessage(error)
  }
  return { out, err }
}

describe('create --export', () => {
  it.each(exports.map(({ line, out }) => [line, out] as const))('%s prints what flux prints', async (line, out) => {
    expect(await run(line)).toEqual({ out, err: '' })
  })

  it('makes a token for a Receiver', async () => {
    const { out } = await run('create secret receiver hook --type github --hostname example.com --export')
    expect(out).toMatch(/^ {2}token: "?[0-9a-f]{64}"?$/m)
  })
})

const url = '--url=https://example.com'

describe('create refuses', () => {
  it.each([
    ['source git', 'name is required'],
    [`source git Fleet ${url}`, "name 'Fleet' is invalid: write lower-case letters"],
    ['source git a', 'url is required: give --url'],
    ['source git a --url=example', "git URL parse failed: 'example' is no URL"],
    ['source git a --url=ftp://x', "git URL scheme 'ftp' not supported, can be: ssh, http and https"],
    [`source git a ${url}`, 'a Git ref is required, use one of the following: --branch, --tag, --commit'],
    ['source git a --url=ssh://x/y --branch=m --ca-file=ca.crt', '--ca-file: specifying a CA file is not supported'],
    [`source git a ${url} --branch=m --provider=gcp`, 'Allowed choices are generic, github, aws, azure.'],
    [`source git a ${url} --branch=m --ssh-rsa-bits=1`, 'It must be a multiple of 8 from 1024 to 16384.'],
    [`source git a ${url} --branch=m --label=a`, "'a' is no label: write key=value."],
    [`source git a ${url} --branch=m --label=a=b=c`, "'a=b=c' is no label: write key=value."],
    [`source git a ${url} --branch=m --label=-a=b`, "'-a' is no key of a label"],
    [`source git a ${url} --branch=m --label=a=ü`, "'ü' is no value of a label"],
    [`source git a ${url} --branch=m --interval=0s`, 'It must be more than nothing, for example 90s or 5m.'],
    ['source gti a', 'Did you mean git?'],
    ['source oci a', 'url is required: give --url'],
    ['source oci a --url=oci://x', '--tag, --tag-semver or --digest is required'],
    ['source oci a --url=oci://x --tag=1 --layer-selector=x', "It must be in the format '<media-type>:<operation>'."],
    ['source oci a --url=oci://x --tag=1 --layer-selector=x:y', 'The operation must be "extract" or "copy".'],
    ['source oci a --url=oci://x --tag=1 --verify-issuer=x', 'must be specified when OIDC issuer/subject is specified'],
    ['source oci a --url=oci://x --tag=1 --verify-secret-ref=x', 'must be specified when a secret is specified'],
    ['kustomization a', 'source is required: give --source'],
    [
      'ks a --source=Foo/x',
      "Source kind 'Foo' is not supported, must be one of: OCIRepository, GitRepository, Bucket.",
    ],
    ['ks a --source=GitRepository/', 'Write [kind/]name[.namespace], such as GitRepository/fleet.'],
    ['ks a --source=x --health-check=Foo', "invalid health check 'Foo' must be in the format 'kind/name.namespace'"],
    ['ks a --source=x --health-check=Job/a.b', "invalid health check kind 'Job' can be HelmRelease, Deployment"],
    ['ks a --source=x --decryption-secret=b', '--decryption-secret: add --decryption-provider sops'],
    ['ks a --prune=maybe --source=x', "'maybe' is invalid. Write =true or =false, or the flag alone."],
    ['alert a', 'provider ref is required: give --provider-ref'],
    ['alert a --provider-ref=b', 'at least one event source is required: give --event-source'],
    ['alert a --provider-ref=b --event-source=c', "invalid event source 'c', must be in format <kind>/<name>"],
    ['alert-provider a', 'Provider type is required: give --type'],
    ['receiver a', 'Receiver type is required: give --type'],
    ['receiver a --type=githbu', 'Allowed choices are generic, generic-hmac'],
    ['receiver a --type=github', 'secret ref is required: give --secret-ref'],
    ['receiver a --type=github --secret-ref=b', 'at least one resource is required: give --resource'],
    ['receiver a --type=github --secret-ref=b --resource=c', "invalid event source 'c', must be in format"],
    ['secret git a', 'url is required: give --url'],
    [`secret git a ${url} -u=b`, 'the username and password, or a bearer token is required'],
    [`secret git a ${url} -u=b -p=c --bearer-token=d`, 'user credentials and bearer token cannot be used together'],
    [`secret git a ${url} --bearer-token=d --ca-crt-file=no`, '--ca-crt-file: cannot read no: ENOENT'],
    ['secret git a --url=ssh://x/y --private-key-file=ca.crt', '--private-key-file: the key cannot be read: '],
    ['secret oci a', '--url is required'],
    ['secret oci a --url=ghcr.io', '--username is required'],
    ['secret oci a --url=ghcr.io --username=b', '--password is required'],
    ['secret oci a --url=gh:cr:io --username=b --password=c', "'could not parse reference: gh:cr:io'"],
    ['secret tls a', 'no CA certificate or client certificate pair found: give --ca-crt-file'],
    ['secret tls a --tls-crt-file=client.crt', 'found certificate but missing private key: add --tls-key-file'],
    ['secret tls a --tls-key-file=client.key', 'found private key but missing certificate: add --tls-crt-file'],
    ['secret tls a --tls-crt-file=ca.crt --tls-key-file=client.key', 'tls: private key does not match public key'],
    ['secret tls a --tls-crt-file=policy.json --tls-key-file=client.key', 'invalid TLS certificate and key pair: '],
    ['secret proxy a', 'address is required: give --address'],
    ['secret proxy a --address=proxy', "invalid proxy address: 'proxy' is no URL; write http://host:port"],
    ['secret githubapp a', 'give --app-private-key'],
    ['secret githubapp a --app-private-key=client.key', 'githubAppID is required: give --app-id'],
    ['secret githubapp a --app-private-key=client.key --app-id=1', 'exactly one of githubAppInstallationOwner or'],
    ['secret notation a', '--ca-cert-file is required'],
    ['secret notation a --ca-cert-file=ca.crt', '--trust-policy-file is required'],
    ['secret notation a --ca-cert-file=client.key --trust-policy-file=policy.json', 'client.key must end with either'],
    ['secret notation a --ca-cert-file=ca.crt --trust-policy-file=ca.crt', 'failed to unmarshal trust policy ca.crt'],
    ['secret notation a --ca-cert-file=ca.crt --trust-policy-file=exports.json', 'invalid trust policy: '],
    ['secret receiver a', '--type is required'],
    ['secret receiver a --type=github', '--hostname is required'],
    ['secret receiver a --type=gcr --hostname=b', '--email-claim is required for gcr receiver type'],
  ])('create %s', async (line, message) => {
    const { out, err } = await run(`create ${line} --export`)
    expect(err).toContain(message)
    expect(out).toBe('')
  })

  it('a Secret for SSH without host keys', async () => {
    const server = createServer((socket) => void socket.end('no SSH here\r\n').on('error', () => undefined))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const { out, err } = await run(`create secret git a --url=ssh://git@127.0.0.1:${port}/x --export`)
      expect(err).toContain(`no host key of 127.0.0.1:${port} could be read: `)
      expect(out).toBe('')
    } finally {
      server.close()
    }
  })
})
