// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from 'node:net'

type Env = Readonly<Record<string, string | undefined>>

/** The proxy that HTTPS_PROXY or HTTP_PROXY (or their lower-case forms) give for a server, minding NO_PROXY as Go does. */
export function proxyFor(server: string, env: Env): string | undefined {
  const url = new URL(server)
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[name] ?? env[name.toLowerCase()] ?? ''
  if (proxy === '' || isExempt(url, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  // Go never sends loopback through a proxy
  if (host === 'localhost' || inBlock(host, '127.0.0.0/8') || host === '::1') return true
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(host, url.port, entry))
}

function matches(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return inBlock(host, entry)
  const [, name = entry, wantedPort] = /^([^:]+):(\d+)$/.exec(entry) ?? []
  if (wantedPort !== undefined && wantedPort !== (port === '' ? '443' : port)) return false
  if (isIP(host) !== 0) return host === name
  const suffix = name.replace(/^\*?\./, '')
  return host.endsWith(`.${suffix}`) || (host === suffix && suffix === name)
}

function inBlock(host: string, cidr: string): boolean {
  const [net = '', bits = ''] = cidr.split('/')
  const family = isIP(net)
  if (isIP(host) !== family || family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
