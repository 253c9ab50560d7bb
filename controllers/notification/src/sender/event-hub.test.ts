// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { readEventHub, signEventHub } from './event-hub.ts'

const connection =
  'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=a2V5==;EntityPath=hub'

describe('readEventHub', () => {
  it.each([
    [{ address: connection, channel: '' }, undefined, 'https://shop.servicebus.windows.net/hub', true],
    [{ address: 'hub', channel: 'shop' }, undefined, 'https://shop.servicebus.windows.net/hub', false],
    [
      { address: 'hub', channel: 'shop' },
      'https://login.microsoftonline.us',
      'https://shop.servicebus.usgovcloudapi.net/hub',
      false,
    ],
    [
      { address: 'hub', channel: 'shop.servicebus.chinacloudapi.cn' },
      undefined,
      'https://shop.servicebus.chinacloudapi.cn/hub',
      false,
    ],
  ])('reads %j', (to, authority, url, hasKey) => {
    const hub = readEventHub(to, authority)
    expect(hub.url).toBe(url)
    expect(hub.key).toEqual(hasKey ? { name: 'send', value: 'a2V5==' } : undefined)
  })
  it.each([
    [{ address: connection.replace(';EntityPath=hub', ''), channel: '' }, 'EntityPath=<hub>'],
    [{ address: connection.replace('send', ''), channel: '' }, 'SharedAccessKeyName=<name>'],
    [{ address: connection.replace('sb://', ''), channel: '' }, 'Endpoint='],
    [{ address: '', channel: 'shop' }, 'spec.address'],
    [{ address: 'a/../b', channel: 'shop' }, 'spec.address'],
    [{ address: 'hub', channel: '' }, 'spec.channel'],
    [{ address: 'hub', channel: 'x.servicebus.evil.example' }, 'spec.channel'],
    [{ address: 'hub', channel: 'evil.example/x.servicebus.windows.net' }, 'spec.channel'],
  ])('says what is wrong with %j without showing a key', (to, part) => {
    const read = (): unknown => readEventHub(to)
    expect(read).toThrow(expect.objectContaining({ code: 'InvalidConfig' }))
    expect(read).toThrow(part)
    expect(read).not.toThrow('a2V5')
  })
})

it('signEventHub signs the address of the hub until a time', () => {
  const { url, key } = readEventHub({ address: connection, channel: '' })
  const resource = 'https%3A%2F%2Fshop.servicebus.windows.net%2Fhub'
  const signature = createHmac('sha256', 'a2V5==').update(`${resource}\n1000`).digest('base64')
  expect(key === undefined ? '' : signEventHub({ url, key }, 1000)).toBe(
    `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=1000&skn=send`,
  )
})
