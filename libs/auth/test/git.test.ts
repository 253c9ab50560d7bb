// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { getGitCredentials } from '../src/index.ts'
import type { Identity } from '../src/index.ts'
import { signCodeCommit } from '../src/git/code-commit.ts'
import { ca, clientId, serveAzure, tenant } from './azure-service.ts'
import { account, going, testDeps } from './deps.ts'

const controller: Identity = { kind: 'controller' }
const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const repository = new URL('https://git-codecommit.us-east-1.amazonaws.com/v1/repos/test')

describe('AWS CodeCommit', () => {
  // computed apart from this code, in Python, by the steps of git-remote-codecommit
  const nowMs = Date.UTC(2010, 9, 8, 0, 0, 0)
  const credentials = { accessKeyId: 'access_key', secretAccessKey: 'secret_key', expiresAtMs: Infinity }
  const expected = '20101008T000000Z53815a2ff8ddec8a8af84d689c529858e7fc9af9b7cfcc67e97413b5ad37572e'

  it('is shown the password that git-remote-codecommit makes', () => {
    const options = { region: 'us-east-1', nowMs }
    expect(signCodeCommit(repository, { ...options, credentials })).toEqual({
      username: 'access_key',
      password: expected,
    })
    const session = { ...credentials, sessionToken: 'tok/en' }
    expect(signCodeCommit(repository, { ...options, credentials: session })).toEqual({
      username: 'access_key%tok/en',
      password: expected,
    })
  })

  it('is reached with the credentials of the environment, in the region of the address', async () => {
    const deps = testDeps({ env: keys })
    const before = { ...process.env }
    Object.assign(process.env, keys)
    try {
      const got = await getGitCredentials({ provider: 'aws', url: repository, identity: controller }, deps, going)
      expect(got).toEqual({
        basic: { username: 'AKIDEXAMPLE', password: expect.stringMatching(/^\d{8}T\d{6}Z[0-9a-f]{64}$/) },
      })
    } finally {
      process.env = before
    }
  })

  it.each([
    'http://git-codecommit.us-east-1.amazonaws.com/v1/repos/x',
    'https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/x',
    'https://git-codecommit.us-east-1.amazonaws.com:8443/v1/repos/x',
    'https://evil-git-codecommit.us-east-1.amazonaws.com/v1/repos/x',
    'https://github.com/x/y',
  ])('is not %s', async (url) => {
    const act = getGitCredentials(
      { provider: 'aws', url: new URL(url), identity: controller },
      testDeps({ env: keys }),
      going,
    )
    await expect(act).rejects.toMatchObject({ code: 'AddressRefused' })
  })
})

describe('Azure DevOps', () => {
  it.each(['https://dev.azure.com/org/project/_git/app', 'https://org.visualstudio.com/project/_git/app'])(
    'is shown a token for itself, by the identity of an account: %s',
    async (url) => {
      await using azure = await serveAzure()
      const asked: string[] = []
      const annotations = { 'azure.workload.identity/tenant-id': tenant, 'azure.workload.identity/client-id': clientId }
      const request = { provider: 'azure', url: new URL(url), identity: account(annotations, asked) } as const
      const deps = testDeps({ ca, env: { AZURE_AUTHORITY_HOST: azure.url } })
      expect(await getGitCredentials(request, deps, going)).toEqual({
        bearer: 'aad:499b84ac-1321-427f-aa17-267ca6975798/.default',
      })
      expect(asked).toEqual(['api://AzureADTokenExchange'])
    },
  )
  it.each([
    'https://dev.azure.com.evil.example/o/p',
    'http://dev.azure.com/o/p',
    'https://github.com/x',
    'https://evil.com/dev.azure.com',
  ])('is not %s, so that nobody gets at a token by an address', async (url) => {
    const asked: string[] = []
    const act = getGitCredentials(
      { provider: 'azure', url: new URL(url), identity: account({}, asked) },
      testDeps(),
      going,
    )
    await expect(act).rejects.toMatchObject({ code: 'AddressRefused' })
    expect(asked).toEqual([])
  })
})
