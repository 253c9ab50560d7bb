// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { artifactCommitUrl, commitUrl } from './commit-url.ts'

const hash = 'a1'.repeat(20)
const revision = `main@sha1:${hash}`

const pages: readonly [address: string, page: string][] = [
  ['https://github.com/org/app', `https://github.com/org/app/commit/${hash}`],
  ['https://github.com/org/app.git', `https://github.com/org/app/commit/${hash}`],
  ['https://github.com/org/app.git/', `https://github.com/org/app/commit/${hash}`],
  ['https://GitHub.com/Org/App', `https://github.com/Org/App/commit/${hash}`],
  ['http://github.com/org/app', `https://github.com/org/app/commit/${hash}`],
  ['ssh://git@github.com/org/app', `https://github.com/org/app/commit/${hash}`],
  ['ssh://git@ssh.github.com:443/org/app.git', `https://github.com/org/app/commit/${hash}`],
  ['git@github.com:org/app.git', `https://github.com/org/app/commit/${hash}`],
  ['github.com:org/app', `https://github.com/org/app/commit/${hash}`],
  ['https://github.corp.example/org/app', `https://github.corp.example/org/app/commit/${hash}`],
  ['https://corp.ghe.com/org/app', `https://corp.ghe.com/org/app/commit/${hash}`],
  ['https://gitlab.com/group/app', `https://gitlab.com/group/app/-/commit/${hash}`],
  ['https://gitlab.com/group/sub/deep/app.git', `https://gitlab.com/group/sub/deep/app/-/commit/${hash}`],
  ['git@gitlab.com:group/sub/app.git', `https://gitlab.com/group/sub/app/-/commit/${hash}`],
  ['https://gitlab.corp.example:8443/g/app', `https://gitlab.corp.example:8443/g/app/-/commit/${hash}`],
  ['ssh://git@gitlab.corp.example:2222/g/app.git', `https://gitlab.corp.example/g/app/-/commit/${hash}`],
  ['ssh://git@altssh.gitlab.com:443/g/app.git', `https://gitlab.com/g/app/-/commit/${hash}`],
  ['https://codeberg.org/me/app', `https://codeberg.org/me/app/commit/${hash}`],
  ['https://gitea.corp.example:3000/me/app', `https://gitea.corp.example:3000/me/app/commit/${hash}`],
  ['ssh://forgejo.corp.example/me/app', `https://forgejo.corp.example/me/app/commit/${hash}`],
  ['https://bitbucket.org/team/app.git', `https://bitbucket.org/team/app/commits/${hash}`],
  ['git@bitbucket.org:team/app.git', `https://bitbucket.org/team/app/commits/${hash}`],
  ['ssh://git@altssh.bitbucket.org:443/team/app', `https://bitbucket.org/team/app/commits/${hash}`],
  ['https://org@dev.azure.com/org/my%20app/_git/app', `https://dev.azure.com/org/my%20app/_git/app/commit/${hash}`],
  ['https://dev.azure.com/org/_git/app', `https://dev.azure.com/org/_git/app/commit/${hash}`],
  ['git@ssh.dev.azure.com:v3/org/project/app', `https://dev.azure.com/org/project/_git/app/commit/${hash}`],
  ['ssh://git@ssh.dev.azure.com/v3/org/project/app', `https://dev.azure.com/org/project/_git/app/commit/${hash}`],
  ['ssh://git@ssh.dev.azure.com:22/v3/org/a%20b/app', `https://dev.azure.com/org/a%20b/_git/app/commit/${hash}`],
  ['org@vs-ssh.visualstudio.com:v3/org/project/app', `https://dev.azure.com/org/project/_git/app/commit/${hash}`],
  ['https://org.visualstudio.com/project/_git/app', `https://org.visualstudio.com/project/_git/app/commit/${hash}`],
  // nothing of what is secret or could be taken for markup gets into the link
  ['https://me:hunter2@github.com/org/app', `https://github.com/org/app/commit/${hash}`],
  ['ssh://me:hunter2@github.com/org/app', `https://github.com/org/app/commit/${hash}`],
  ['https://github.com/org/app?token=hunter2#hunter2', `https://github.com/org/app/commit/${hash}`],
  ['https://github.com/org/a<b>|c', `https://github.com/org/a%3Cb%3E%7Cc/commit/${hash}`],
  ['https://github.com/org/a)[x](y', `https://github.com/org/a%29%5Bx%5D%28y/commit/${hash}`],
  ['https://github.com/org/"\'*!~', `https://github.com/org/%22%27%2A%21%7E/commit/${hash}`],
  ['https://github.com/org/%25%3F%23', `https://github.com/org/%25%3F%23/commit/${hash}`],
  ['https://github.com/x/../org/./app', `https://github.com/org/app/commit/${hash}`],
  ['ssh://github.com/org/ü', `https://github.com/org/%C3%BC/commit/${hash}`],
]

const none = [
  ...['', 'x', '/org/app', 'https://', 'https:///org/app', 'git@github.com', 'git@github.com:', 'https://github.com'],
  ...[
    'https://127.0.0.1:8080/org/app',
    'http://localhost/org/app',
    'https://[::1]/org/app',
    'https://example.com/org/app',
  ],
  ...[
    'https://github.com/org',
    'https://github.com/org/app/more',
    'https://gitlab.com/app',
    'https://bitbucket.org/app',
  ],
  ...['https://evil-github.com/org/app', 'https://notgitlab.com/org/app', 'https://bitbucket.org.example/team/app'],
  ...['https://dev.azure.com/org/app', 'git@ssh.dev.azure.com:v2/org/project/app', 'git@ssh.dev.azure.com:v3/org/app'],
  ...['git@ssh.dev.azure.com:v3/org/project/app/more', 'http://gitlab.example:8080/org/app'],
  ...['javascript://github.com/org/app', 'file://github.com/org/app', 'ftp://github.com/org/app', 'data:text/html,x'],
  ...[
    'https://github.com/org%2Fapp/x',
    'https://github.com/org/..%2F..',
    'https://github.com/org/a%5Cb',
    String.raw`ssh://github.com/org/a\b`,
  ],
  ...[
    'https://github.com/org/a%0Ab',
    'https://github.com/org/a%00',
    'https://github.com/org/%E2%80%AEx',
    'https://github.com/org/%FF',
  ],
  ...[
    'https://github.com/org//app',
    'https://github.com/org/.git',
    'ssh://gitlab.a%3Cb/org/app',
    "ssh://gitlab.a'b/org/app",
    'ssh://gitlab.<x>/org/app',
  ],
  `https://github.com/org/${'a'.repeat(1000)}`,
]

describe('commitUrl', () => {
  it.each(pages)('of %s is %s', (address, page) => {
    expect(commitUrl(address, revision)).toBe(page)
  })
  it.each(none)('of %s is none', (address) => {
    expect(commitUrl(address, revision)).toBeUndefined()
  })
  it.each([
    [`sha1:${hash}`, hash],
    [`v1.2.3@sha1:${hash}`, hash],
    [`feature/x@y@sha1:${hash}`, hash],
    [`main@sha256:${'b'.repeat(64)}`, 'b'.repeat(64)],
    [`main/${hash}`, hash],
    [hash, hash],
  ])('of revision %s shows the commit', (text, commit) => {
    expect(commitUrl('https://github.com/org/app', text)).toBe(`https://github.com/org/app/commit/${commit}`)
  })
  it.each([
    ...[
      '',
      'main',
      '1.2.3',
      `main@sha1:${hash}0`,
      `main@sha1:${hash.slice(1)}`,
      `sha256:${hash}`,
      `sha1:${hash.toUpperCase()}`,
    ],
    ...[`sha1:${hash}\n`, `sha1:${'g'.repeat(40)}`, `blake3:${'b'.repeat(64)}`, `sha1:${hash}/../..`, `sha1:${hash}?x`],
  ])('of revision %j is none', (text) => {
    expect(commitUrl('https://github.com/org/app', text)).toBeUndefined()
  })
})

describe('artifactCommitUrl', () => {
  const origin = {
    'org.opencontainers.image.source': 'https://gitlab.com/group/app.git',
    'org.opencontainers.image.revision': revision,
  }
  it('of a Git source goes by its address', () => {
    const source = { kind: 'GitRepository', spec: { url: 'ssh://git@github.com/org/app' } }
    expect(artifactCommitUrl(source, { revision })).toBe(`https://github.com/org/app/commit/${hash}`)
  })
  it('of another goes by the noted origin', () => {
    const source = { kind: 'OCIRepository', spec: { url: 'oci://ghcr.io/org/app' } }
    const digest = `latest@sha256:${'b'.repeat(64)}`
    expect(artifactCommitUrl(source, { revision: digest, metadata: origin })).toBe(
      `https://gitlab.com/group/app/-/commit/${hash}`,
    )
    expect(artifactCommitUrl(source, { revision: digest })).toBeUndefined()
    expect(artifactCommitUrl({ kind: 'Bucket', spec: { url: 'https://github.com/a/b' } }, { revision })).toBeUndefined()
  })
  it.each([undefined, null, {}, { url: 7 }])('of a Git source with the spec %j is none', (spec) => {
    expect(artifactCommitUrl({ kind: 'GitRepository', spec }, { revision })).toBeUndefined()
  })
})
