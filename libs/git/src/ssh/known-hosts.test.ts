// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { checkHostKey, type HostAddress, linesFor, parseKnownHosts } from './known-hosts.ts'

const read = (name: string): string => readFileSync(new URL(`../../testdata/ssh/${name}`, import.meta.url), 'utf8')
const publicKey = (name: string): string => read(`${name}.pub`).split(' ').slice(0, 2).join(' ')
const blob = (line: string): Buffer => Buffer.from(line.split(' ')[1] ?? '', 'base64')
const [ed25519, other, rsa] = ['openssh-ed25519', 'openssh-ed25519-gcm', 'openssh-rsa'].map(publicKey) as [
  string,
  string,
  string,
]

const at = (text: string): HostAddress => {
  const [host = '', port = '22'] = text.split('#')
  return { host, port: Number(port) }
}
const verdict = (knownHosts: string, host: string, key: string = ed25519): string =>
  checkHostKey(linesFor(parseKnownHosts(knownHosts), at(host)), blob(key)).kind

describe('known_hosts', () => {
  // sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"
  it.each<[string, string, string]>([
    ['github.com', 'github.com', 'known'],
    ['github.com', 'GitHub.com', 'known'],
    ['GITHUB.com', 'github.com', 'known'],
    ['github.com', 'github.com#2222', 'unknown'],
    ['[github.com]:2222', 'github.com#2222', 'known'],
    ['[github.com]:2222', 'github.com', 'unknown'],
    ['[github.com]:22', 'github.com', 'known'],
    ['a,b,c', 'b', 'known'],
    ['*.example.com', 'a.b.example.com', 'known'],
    ['*.example.com', 'example.com', 'unknown'],
    ['10.0.?.1', '10.0.7.1', 'known'],
    ['10.0.?.1', '10.0.77.1', 'unknown'],
    ['*.example.com,!bad.example.com', 'good.example.com', 'known'],
    ['*.example.com,!bad.example.com', 'bad.example.com', 'unknown'],
    ['!bad.example.com', 'good.example.com', 'unknown'],
    ['::1', '::1', 'known'],
    ['[::1]:2222', '::1#2222', 'known'],
    ['[*]:2222', 'anything#2222', 'known'],
    ['github.com.', 'github.com', 'unknown'],
  ])('a line for %s and the host %s: %s', (names, host, expected) => {
    expect(verdict(`${names} ${ed25519} comment here`, host)).toBe(expected)
  })

  it('hashed by ssh-keygen is understood', () => {
    const hashed = read('known_hosts_hashed')
    expect(hashed).not.toContain('github')
    expect(verdict(hashed, 'github.com')).toBe('known')
    expect(verdict(hashed, 'git.example.com#2222', rsa)).toBe('known')
    expect(verdict(hashed, 'git.example.com', rsa)).toBe('unknown')
    expect(verdict(hashed, 'git.example.com#2222')).toBe('otherType')
  })

  it.each<[string, string, string]>([
    ['another key', `h ${other}`, 'changed'],
    ['one of two keys', `h ${other}\nh ${ed25519}`, 'known'],
    ['a key of another type', `h ${rsa}`, 'otherType'],
    ['the key, revoked', `h ${ed25519}\n@revoked * ${ed25519}`, 'revoked'],
    ['the key, revoked for another host', `h ${ed25519}\n@revoked x ${ed25519}`, 'revoked'],
    ['another key, revoked', `h ${ed25519}\n@revoked * ${other}`, 'known'],
    ['only revocations of other keys', `@revoked h ${other}`, 'unknown'],
    ['an authority', `@cert-authority * ${ed25519}`, 'authorityOnly'],
    ['an authority beside the key', `@cert-authority * ${other}\nh ${ed25519}`, 'known'],
    ['nothing', '# nothing\n\n', 'unknown'],
  ])('with %s', (_what, text, expected) => {
    expect(verdict(text, 'h')).toBe(expected)
  })

  it.each<[string, RegExp]>([
    ['github.com', /^known_hosts line 1: want names, key type and key$/],
    [`ok ${ed25519}\n\ngithub.com ssh-ed25519`, /^known_hosts line 3: want names/],
    ['github.com ssh-ed25519 !!!', /line 1: the key is not base64/],
    ['github.com ssh-rsa AAAA', /line 1: the key is not of the type/],
    [`github.com ssh-rsa ${ed25519.split(' ')[1]}`, /line 1: the key is not of the type that the line names/],
    [`@unheard github.com ${ed25519}`, /line 1: unknown marker "@unheard"/],
    [`|1|abc ${ed25519}`, /line 1: the hashed name is not/],
    [`|1|abc|abcd ${ed25519}`, /line 1: the hashed name is no HMAC-SHA1/],
    ['\n'.repeat(10_001), /more than 10000 lines/],
    ['x'.repeat(1_100_000), /larger than 1048576 bytes/],
  ])('refuses what is none: %.30s', (text, message) => {
    expect(() => parseKnownHosts(text)).toThrow(message)
    expect(() => parseKnownHosts(text)).toThrow(expect.objectContaining({ code: 'KnownHostsInvalid' }))
  })

  it('never throws anything else, and never trusts a key that it does not have', () => {
    const line = fc.tuple(fc.string(), fc.constantFrom(ed25519, rsa, 'ssh-rsa x')).map((parts) => parts.join(' '))
    const text = fc.array(fc.oneof(fc.string(), line), { maxLength: 20 }).map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(text, fc.string(), (known, host) => {
        try {
          expect(verdict(known, host.replaceAll('#', ''), other)).not.toBe('known')
        } catch (error) {
          if ((error as { name?: string }).name !== 'GitError') throw error
        }
      }),
    )
  })

  it('takes time in proportion to names, whatever the stars', () => {
    const stars = `${'*a'.repeat(2000)}* ${ed25519}`
    expect(verdict(stars, 'b'.repeat(2000))).toBe('unknown')
  })
})
