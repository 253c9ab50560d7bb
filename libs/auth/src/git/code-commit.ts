// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from 'node:crypto'
import { awsCredentialsOf } from '../aws/credentials.ts'
import type { AwsCredentials } from '../aws/credentials.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'

const hosts = /^git-codecommit(?:-fips)?\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?$/

/** User and password for a CodeCommit repository, good for a quarter of an hour. */
export async function codeCommitCredentials(
  url: URL,
  identity: Identity,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<{ username: string; password: string }> {
  const [, region] = hosts.exec(url.hostname) ?? []
  if (region === undefined || url.protocol !== 'https:' || url.port !== '') {
    throw new AuthError(
      'AddressRefused',
      `'${url.host}' is no repository of AWS CodeCommit: want https://git-codecommit.<region>.amazonaws.com/v1/repos/<name>`,
    )
  }
  const credentials = await awsCredentialsOf(identity, deps)(region, signal)
  return signCodeCommit(url, { region, credentials, nowMs: deps.clock.now() })
}

/**
 * The password is a signature (AWS Signature Version 4) over the method `GIT`, the path and the host, with neither payload nor time zone, as
 * git-remote-codecommit makes it; the server checks it against the key that the user name holds.
 */
export function signCodeCommit(
  url: URL,
  {
    region,
    credentials,
    nowMs,
  }: { readonly region: string; readonly credentials: AwsCredentials; readonly nowMs: number },
): { username: string; password: string } {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+Z$/g, '')
  const date = time.slice(0, 8)
  const request = `GIT\n${url.pathname}\n\nhost:${url.hostname}\n\nhost\n`
  const digest = createHash('sha256').update(request).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${time}\n${date}/${region}/codecommit/aws4_request\n${digest}`
  const hmac = (key: string | Buffer, value: string): Buffer => createHmac('sha256', key).update(value).digest()
  const key = [date, region, 'codecommit', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return {
    username: sessionToken === undefined ? accessKeyId : `${accessKeyId}%${sessionToken}`,
    password: `${time}Z${hmac(key, text).toString('hex')}`,
  }
}
