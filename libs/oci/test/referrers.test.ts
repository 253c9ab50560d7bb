// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { mediaTypes } from '@tidelock/oci'
import type { RegistryOptions } from '@tidelock/oci'
import { ScriptedRegistry } from '@tidelock/testkit'
import type { RegistryScript } from '@tidelock/testkit'
import { connect, describeBytes } from './harness.ts'

const subject = describeBytes(Buffer.from('subject'), '').digest
const referrer = (name: string): object => ({
  ...describeBytes(Buffer.from(name), mediaTypes.ociManifest),
  artifactType: `application/x.${name}`,
})
const index = (...names: readonly string[]): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: names.map(referrer) })
const indexType = { 'content-type': mediaTypes.ociIndex }

async function ask(
  script: RegistryScript,
  { artifactType, ...options }: Partial<RegistryOptions> & { artifactType?: string } = {},
): Promise<{ found: readonly object[]; asked: string[] }> {
  await using server = await ScriptedRegistry.start((request, response) =>
    request.url === '/v2/' ? void response.end() : script(request, response),
  )
  await using client = connect(server.host, options)
  const found = await client
    .repository('org/app')
    .referrers(subject, artifactType === undefined ? {} : { artifactType })
  return { found, asked: server.requests.map(({ url }) => url).filter((url) => url !== '/v2/') }
}

it('are listed by the API, over pages', async () => {
  const { found, asked } = await ask(({ url }, response) => {
    const isFirst = !url.includes('?')
    const link = { link: `</v2/org/app/referrers/${subject}?page=2>; rel="next"` }
    response.writeHead(200, { ...indexType, ...(isFirst ? link : {}) }).end(index(isFirst ? 'one' : 'two'))
  })
  expect(found).toEqual([referrer('one'), referrer('two')])
  expect(asked).toHaveLength(2)
})

it('are filtered here too, where the registry does not', async () => {
  const { found, asked } = await ask(
    (_request, response) => void response.writeHead(200, indexType).end(index('one', 'two')),
    { artifactType: 'application/x.two' },
  )
  expect(found).toEqual([referrer('two')])
  expect(asked[0]).toMatch(/\?artifactType=application%2Fx\.two$/)
})

it.each([404, 400, 405, 200])('are read from the tag where the API answers %d without an index', async (status) => {
  const { found, asked } = await ask(({ url }, response) => {
    if (url.includes('/manifests/')) response.writeHead(200, indexType).end(index('tagged'))
    else response.writeHead(status, { 'content-type': 'text/html' }).end(status === 200 ? '{}' : '<html>')
  })
  expect(found).toEqual([referrer('tagged')])
  expect(asked[1]).toBe(`/v2/org/app/manifests/${subject.replace(':', '-')}`)
})

it('are none where there is neither', async () => {
  const { found } = await ask((_request, response) => void response.writeHead(404).end())
  expect(found).toEqual([])
})

it('are not looked for elsewhere when the registry fails', async () => {
  await expect(ask((_request, response) => void response.writeHead(500).end())).rejects.toMatchObject({
    code: 'Unreachable',
  })
})

it('are bounded', async () => {
  const many = Array.from({ length: 11 }, (_each, n) => String(n))
  const call = ask((_request, response) => void response.writeHead(200, indexType).end(index(...many)), {
    limits: { referrers: 10 },
  })
  await expect(call).rejects.toMatchObject({ code: 'LimitExceeded' })
})
