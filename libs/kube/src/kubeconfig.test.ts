// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { mergeKubeconfigs, parseKubeconfig, selectContext } from './kubeconfig.ts'

const text = `
apiVersion: v1
kind: Config
current-context: one
clusters:
- {name: c1, cluster: {server: 'https://one:6443', certificate-authority: ca.crt}}
- {name: c2, cluster: {server: 'https://two:6443', certificate-authority: /abs/ca.crt}}
users:
- {name: u1, user: {tokenFile: secrets/token, client-certificate: tls.crt, client-key: tls.key}}
contexts:
- {name: one, context: {cluster: c1, user: u1, namespace: apps}}
- {name: two, context: {cluster: c2, user: u1}}
- {name: nobody, context: {cluster: c2}}
- {name: broken, context: {cluster: nothing, user: u1}}
- {name: lost, context: {cluster: c1, user: nobody}}
`
const parsed = parseKubeconfig(text, 'file', '/etc/kube')

const layers = ['b', 'c', 'd', 'e', 'f'].map((name, i) => `${name}: &${name} [${`*${'abcde'.charAt(i)}, `.repeat(9)}]`)
const bomb = ['a: &a [x]', ...layers].join('\n')

describe('parseKubeconfig', () => {
  it('does not compare each key with each other one: of two that are the same the last one counts', () => {
    const keys = Array.from({ length: 20_000 }, (_, each) => `k${each}: 1`).join('\n')
    expect(parseKubeconfig(`${keys}\ncurrent-context: a\ncurrent-context: b\n`, 'file', undefined).currentContext).toBe(
      'b',
    )
  })

  it('takes relative paths from the directory of the file', () => {
    expect(selectContext(parsed, undefined)).toMatchObject({
      context: 'one',
      namespace: 'apps',
      cluster: { server: 'https://one:6443', 'certificate-authority': '/etc/kube/ca.crt' },
      user: {
        tokenFile: '/etc/kube/secrets/token',
        'client-certificate': '/etc/kube/tls.crt',
        'client-key': '/etc/kube/tls.key',
      },
    })
    expect(selectContext(parsed, 'two').cluster['certificate-authority']).toBe('/abs/ca.crt')
  })
  it('reads JSON, and contexts without a user', () => {
    expect(selectContext(parsed, 'nobody').user).toEqual({})
    expect(parseKubeconfig('{"clusters":[{"name":"c"}]}', 'file', undefined).clusters.get('c')).toEqual({})
  })
  it.each([
    ['', 'kubeconfig file: it is empty'],
    ['a: [', 'kubeconfig file: it is not YAML'],
    ['clusters: {}', 'kubeconfig file: clusters is not a list'],
    ['users: [{user: {}}]', 'kubeconfig file: an entry of users has no name'],
    ['users: [{name: a, user: text}]', 'kubeconfig file: users.a.user is not an object'],
    [bomb, 'kubeconfig file: it is not YAML'],
  ])('refuses %#', (bad, message) => {
    expect(() => parseKubeconfig(bad, 'file', undefined)).toThrow(message)
  })
  it('never quotes the text', () => {
    const secret = 'users: [{name: a, user: {token: s3cr3t-t0ken}}'
    expect(() => parseKubeconfig(secret, 'file', undefined)).toThrow(
      expect.objectContaining({ code: 'ConfigInvalid', message: expect.not.stringContaining('s3cr3t') }),
    )
  })
})

describe('selectContext', () => {
  it.each([
    ['none', "kubeconfig file: there is no context 'none'"],
    ['broken', "kubeconfig file: context 'broken' names the cluster 'nothing', which is not there"],
    ['lost', "kubeconfig file: context 'lost' names the user 'nobody', which is not there"],
  ])('%s', (name, message) => {
    expect(() => selectContext(parsed, name)).toThrow(message)
  })
  it('takes an only context, and asks where there are several', () => {
    const several = text.replace('current-context: one', '')
    expect(() => selectContext(parseKubeconfig(several, 'file', undefined), undefined)).toThrow(
      'current-context is not set',
    )
    const one = 'clusters: [{name: c, cluster: {server: x}}]\ncontexts: [{name: a, context: {cluster: c}}]'
    expect(selectContext(parseKubeconfig(one, 'file', undefined), undefined).context).toBe('a')
  })
})

describe('mergeKubeconfigs', () => {
  it('lets the first file win', () => {
    const second = parseKubeconfig(
      'current-context: two\nclusters: [{name: c1, cluster: {server: other}}, {name: c3, cluster: {server: three}}]',
      'second',
      undefined,
    )
    const merged = mergeKubeconfigs([parsed, second])
    expect(merged.currentContext).toBe('one')
    expect(merged.clusters.get('c1')?.server).toBe('https://one:6443')
    expect(merged.clusters.get('c3')?.server).toBe('three')
  })
})
