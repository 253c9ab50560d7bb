// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from 'node:net'
import { parseProxy, type HttpProxy, type ProxySelector } from './proxy.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxies that the environment names, as Go's programs read it: `HTTP_PROXY` for http, `HTTPS_PROXY` for https, `ALL_PROXY` (SOCKS5
 * only) for ssh, and `NO_PROXY`; each also in lower case, the upper case counts first. localhost and loopback addresses go without.
 * Throws `InvalidUrl` for a proxy that cannot be used.
 */
export function proxyFromEnvironment(env: Env): ProxySelector {
  const http = readProxy(env, 'HTTP_PROXY')
  const https = readProxy(env, 'HTTPS_PROXY')
  const all = readProxy(env, 'ALL_PROXY')
  const socks = all !== undefined && parseProxy(all).protocol === 'socks5:' ? all : undefined
  const excepted = parseNoProxy(valueOf(env, 'NO_PROXY') ?? '')
  return (target) => {
    const proxy = target.protocol === 'http:' ? http : target.protocol === 'https:' ? https : socks
    if (proxy === undefined || excepted(target)) return undefined
    return proxy
  }
}

function readProxy(env: Env, name: string): HttpProxy | undefined {
  const value = valueOf(env, name)
  if (value === undefined) return undefined
  // a bare host:port is an HTTP proxy
  const proxy = { url: /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}` }
  parseProxy(proxy)
  return proxy
}

function valueOf(env: Env, name: string): string | undefined {
  const value = env[name] || env[name.toLowerCase()]
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}

interface Target {
  /** Lower case, without brackets and final dot. */
  readonly host: string
  readonly port: string
}

type Rule = (target: Target) => boolean

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a target goes without proxy, by the grammar of Go's `httpproxy`. */
function parseNoProxy(text: string): (url: URL) => boolean {
  const rules = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(parseRule)
  return (url) => {
    const target = { host: hostOf(url.hostname), port: url.port || defaultPort(url.protocol) }
    return target.host === 'localhost' || contains(loopback, target.host) || rules.some((rule) => rule(target))
  }
}

function parseRule(entry: string): Rule {
  if (entry === '*') return () => true
  const [, network = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? []
  if (isIP(network) !== 0) return subnetRule(network, Number(bits))
  const { host, port } = splitPort(entry)
  const samePort = (target: Target): boolean => port === '' || port === target.port
  if (isIP(host) !== 0) {
    const list = listOf((each) => each.addAddress(host, familyOf(host)))
    return (target) => contains(list, target.host) && samePort(target)
  }
  const bare = host.replace(/^\*\./, '.')
  const suffix = bare.startsWith('.') ? bare : `.${bare}`
  return (target) => (target.host.endsWith(suffix) || target.host === bare) && samePort(target)
}

function subnetRule(network: string, bits: number): Rule {
  if (bits > (isIP(network) === 6 ? 128 : 32)) return () => false
  const list = listOf((each) => each.addSubnet(network, bits, familyOf(network)))
  return (target) => contains(list, target.host)
}

function listOf(fill: (list: BlockList) => void): BlockList {
  const list = new BlockList()
  fill(list)
  return list
}

function contains(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, familyOf(host))
}

function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIP(host) === 6 ? 'ipv6' : 'ipv4'
}

function splitPort(entry: string): { host: string; port: string } {
  if (isIP(entry) === 6) return { host: entry, port: '' }
  const [, host = entry, port = ''] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { host: hostOf(host), port }
}

function hostOf(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(.)\.$/, '$1')
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : protocol === 'http:' ? '80' : '22'
}
