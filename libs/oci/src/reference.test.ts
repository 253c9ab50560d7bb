// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { array, assert, oneof, property, string, stringMatching, webUrl } from 'fast-check'
import { OciError } from './errors.ts'
import { formatReference, parseReference, parseRepository } from './reference.ts'

const digest = `sha256:${'a'.repeat(64)}`
const hub = 'index.docker.io'

describe('parseReference', () => {
  it.each<[string, object]>([
    ['ghcr.io/org/app', { registry: 'ghcr.io', path: 'org/app' }],
    ['oci://ghcr.io/org/app:v1', { registry: 'ghcr.io', path: 'org/app', tag: 'v1' }],
    ['localhost/app', { registry: 'localhost', path: 'app' }],
    ['localhost:5000/app:v1', { registry: 'localhost:5000', path: 'app', tag: 'v1' }],
    ['[::1]:5000/app', { registry: '[::1]:5000', path: 'app' }],
    [`ghcr.io/org/app@${digest}`, { registry: 'ghcr.io', path: 'org/app', digest }],
    [`ghcr.io/org/app:v1@${digest}`, { registry: 'ghcr.io', path: 'org/app', tag: 'v1', digest }],
    ['alpine', { registry: hub, path: 'library/alpine' }],
    ['alpine:3', { registry: hub, path: 'library/alpine', tag: '3' }],
    ['docker.io/alpine', { registry: hub, path: 'library/alpine' }],
    ['org/app', { registry: hub, path: 'org/app' }],
    ['registry-1.docker.io/org/app', { registry: hub, path: 'org/app' }],
    ['my_registry.local/app', { registry: 'my_registry.local', path: 'app' }],
  ])('reads %s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
  })

  it.each([
    '',
    'ghcr.io/',
    'ghcr.io/Org/app',
    'ghcr.io/org//app',
    'ghcr.io/../etc',
    'ghcr.io/app:',
    `ghcr.io/app:${'a'.repeat(129)}`,
    'ghcr.io/app:-v',
    'ghcr.io/app@sha256:abc',
    `ghcr.io/app@md5:${'a'.repeat(32)}`,
    `ghcr.io/${'a'.repeat(256)}`,
    'ghcr.io:99999/app',
    'user@ghcr.io/app',
    'ghcr.io/app?x=1',
    'ghcr.io/app#x',
    'http://ghcr.io/app',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(OciError)
  })

  it('throws nothing else, whatever it is given', () => {
    const anything = oneof(string(), stringMatching(/^[a-z.:/@_-]{0,80}$/), webUrl())
    expect(() =>
      assert(
        property(anything, (text) => {
          try {
            const { registry, path } = parseReference(text)
            // what was read is a host and a path, and no more
            if (!new URL(`https://${registry}/v2/${path}/`).href.endsWith(`/v2/${path}/`)) throw new Error(text)
          } catch (error) {
            if (!(error instanceof OciError)) throw error
          }
        }),
      ),
    ).not.toThrow()
  })

  it('reads what it writes', () => {
    const part = stringMatching(/^[a-z0-9]{1,8}$/)
    const path = array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    assert(
      property(path, stringMatching(/^\w[\w.-]{0,20}$/), (of, tag) => {
        const name = parseRepository(`registry.example:5000/${of}`)
        expect(parseReference(formatReference(name, tag))).toEqual({ ...name, tag })
        expect(parseReference(formatReference(name, digest))).toEqual({ ...name, digest })
      }),
    )
  })
})
