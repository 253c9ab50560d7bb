// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { digestOf, mediaTypes } from '@tidelock/oci'
import type { Credentials, RegistryClient, RegistryOptions, RepositoryClient } from '@tidelock/oci'
import { ScriptedRegistry } from '@tidelock/testkit'
import type { RegistryScript } from '@tidelock/testkit'
import { artifact, connect } from './harness.ts'

const pem = (name: string): string => readFileSync(new URL(`../../http/testdata/tls/${name}`, import.meta.url), 'utf8')
const tls = { cert: pem('server.crt'), key: pem('server.key') }
const robot: Credentials = { kind: 'basic', username: 'robot', password: 'hunter2' }
const zeros = `sha256:${'0'.repeat(64)}`
const content = Buffer.from('what was asked for')
const blob = { digest: digestOf(content), size: content.length }

/** A registry that answers the first contact, and the rest by script; and a client of it. */
async function lying(
  script: RegistryScript,
  options: Partial<RegistryOptions> = {},
  over?: { readonly cert: string; readonly key: string },
): Promise<AsyncDisposable & { server: ScriptedRegistry; client: RegistryClient; repository: RepositoryClient }> {
  const server = await ScriptedRegistry.start((request, response) => {
    if (request.url === '/v2/') response.end('{}')
    else return script(request, response)
  }, over)
  const client = connect(server.host, options)
  const dispose = async (): Promise<void> => {
    await client.close()
    await server[Symbol.asyncDispose]()
  }
  return { server, client, repository: client.repository('org/app'), [Symbol.asyncDispose]: dispose }
}

function writeForEver(response: ServerResponse): void {
  const spaces = Buffer.alloc(65_536, ' ')
  response.write(spaces, (error) => {
    if (error === null || error === undefined) setImmediate(writeForEver, response)
  })
}

async function read(repository: RepositoryClient, descriptor = blob): Promise<string> {
  const chunks = await Array.fromAsync(await repository.blob(descriptor))
  return Buffer.concat(chunks as Buffer[]).toString('utf8')
}

const manifestType = { 'content-type': mediaTypes.ociManifest }

describe('a blob', () => {
  it('with other content fails at its end', async () => {
    await using registry = await lying((_request, response) => void response.end('what was asked f0r'))
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'DigestMismatch' })
  })

  it.each<[string, RegistryScript]>([
    [
      'announced as longer',
      (_request, response) => void response.writeHead(200, { 'content-length': '999' }).write('x'),
    ],
    ['announced as shorter', (_request, response) => void response.end('what')],
    [
      'that ends early, in chunks',
      (_request, response) => {
        response.write('what')
        response.end()
      },
    ],
    [
      'that never ends',
      (_request, response) => {
        writeForEver(response)
      },
    ],
  ])('%s is refused', async (_what, script) => {
    await using registry = await lying(script)
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'DigestMismatch' })
  })

  it('whose connection breaks is told as that', async () => {
    await using registry = await lying((_request, response) => {
      response.writeHead(200, { 'content-length': String(blob.size) }).write('what', () => response.destroy())
    })
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'Unreachable' })
  })

  it('larger than the bound is not asked for', async () => {
    await using registry = await lying((_request, response) => void response.end())
    await expect(read(registry.repository, { ...blob, size: 2 ** 40 })).rejects.toMatchObject({ code: 'LimitExceeded' })
    expect(registry.server.requests).toEqual([])
  })

  it('is followed to another host without the credentials', async () => {
    await using store = await ScriptedRegistry.start((_request, response) => void response.end(content))
    await using registry = await lying(
      ({ headers }, response) => {
        if (headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        else response.writeHead(307, { location: `${store.url}/blob?signature=abc` }).end()
      },
      { credentials: robot },
    )
    expect(await read(registry.repository)).toBe('what was asked for')
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('gets no credentials for a challenge of another host', async () => {
    await using store = await ScriptedRegistry.start((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="give me"' }).end()
    })
    await using registry = await lying(
      (_request, response) => void response.writeHead(307, { location: store.url }).end(),
      { credentials: robot },
    )
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'AuthenticationFailed' })
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it.each<[string, (url: string) => string]>([
    ['in a circle', () => '/v2/org/app/blobs/again'],
    ['to a file', () => 'file:///etc/passwd'],
  ])('that leads %s is refused', async (_what, to) => {
    await using registry = await lying((request, response) => {
      response.writeHead(302, { location: to(request.url) }).end()
    })
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'ProtocolError' })
  })

  it('does not lead from https to http', async () => {
    await using registry = await lying(
      (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      { ca: pem('ca.crt') },
      tls,
    )
    await expect(read(registry.repository)).rejects.toMatchObject({ code: 'ProtocolError' })
  })
})

describe('a manifest', () => {
  const { manifest } = artifact('layer')
  const digest = digestOf(manifest)

  it.each<[string, RegistryScript, string]>([
    [
      'with other content',
      (_request, response) => void response.writeHead(200, manifestType).end('{}'),
      'DigestMismatch',
    ],
    [
      'that is not the one that its header names',
      (_request, response) =>
        void response.writeHead(200, { ...manifestType, 'docker-content-digest': zeros }).end(manifest),
      'DigestMismatch',
    ],
    [
      'of megabytes',
      (_request, response) => void response.writeHead(200, manifestType).end(Buffer.alloc(5 * 1024 * 1024, ' ')),
      'LimitExceeded',
    ],
    [
      'without an end',
      (_request, response) => {
        response.writeHead(200, manifestType)
        writeForEver(response)
      },
      'LimitExceeded',
    ],
    [
      'of an unknown type',
      (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'ProtocolError',
    ],
    [
      'that says that it is of another type',
      (_request, response) => void response.writeHead(200, { 'content-type': mediaTypes.ociIndex }).end(manifest),
      'ProtocolError',
    ],
    [
      'that is no JSON',
      (_request, response) => void response.writeHead(200, manifestType).end('nothing'),
      'ProtocolError',
    ],
  ])('%s is refused', async (what, script, code) => {
    await using registry = await lying(script)
    const reference = what === 'with other content' ? digest : 'latest'
    await expect(registry.repository.manifest(reference)).rejects.toMatchObject({ code })
  })

  it('inside of indexes without end is given up', async () => {
    const documents = new Map<string, Buffer>()
    let next: object = { mediaType: mediaTypes.ociManifest, digest: zeros, size: 2 }
    let top = ''
    for (let depth = 0; depth < 20; depth++) {
      const document = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [next] }
      const bytes = Buffer.from(JSON.stringify(document))
      top = digestOf(bytes)
      documents.set(top, bytes)
      next = { mediaType: mediaTypes.ociIndex, digest: top, size: bytes.length }
    }
    await using registry = await lying(({ url }, response) => {
      const found = documents.get(url.split('/').at(-1) ?? '')
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': mediaTypes.ociIndex }).end(found)
    })
    await expect(registry.repository.image(top)).rejects.toMatchObject({ code: 'LimitExceeded' })
    expect(registry.server.requests.length).toBeLessThan(10)
  })

  it('is asked for whole when HEAD says too little, and its digest worked out', async () => {
    await using registry = await lying(({ method }, response) => {
      if (method === 'HEAD') response.writeHead(200).end()
      else response.writeHead(200, manifestType).end(manifest)
    })
    expect(await registry.repository.resolve('latest')).toMatchObject({ digest, size: manifest.length })
  })

  it('is not taken from a HEAD that answers for another digest', async () => {
    await using registry = await lying(({ method }, response) => {
      const headers = { ...manifestType, 'content-length': '2', 'docker-content-digest': digest }
      response.writeHead(200, headers).end(method === 'HEAD' ? undefined : '{}')
    })
    await expect(registry.repository.resolve(zeros)).rejects.toMatchObject({ code: 'DigestMismatch' })
  })
})

describe('a list of tags', () => {
  it.each<[string, RegistryScript, string]>([
    [
      'that goes on and on',
      ({ url }, response) => {
        const at = Number(new URL(url, 'http://x').searchParams.get('last') ?? 0) + 1
        response.writeHead(200, { link: `</v2/org/app/tags/list?last=${at}>; rel="next"` })
        response.end(JSON.stringify({ tags: [`t${at}`] }))
      },
      'LimitExceeded',
    ],
    [
      'that goes in a circle',
      (_request, response) => {
        response.writeHead(200, { link: '</v2/org/app/tags/list?last=1>; rel="next"' }).end('{"tags":[]}')
      },
      'ProtocolError',
    ],
    [
      'that goes on elsewhere',
      (_request, response) => {
        response.writeHead(200, { link: '<https://evil.example/v2/>; rel="next"' }).end('{"tags":[]}')
      },
      'ProtocolError',
    ],
    [
      'with more tags than there are',
      (_request, response) => {
        response.end(JSON.stringify({ tags: Array.from({ length: 200 }, (_each, index) => `t${index}`) }))
      },
      'LimitExceeded',
    ],
    ['in a page without end', (_request, response) => void response.end(Buffer.alloc(300_000, ' ')), 'LimitExceeded'],
    ['that is none', (_request, response) => void response.end('{"tags":{}}'), 'ProtocolError'],
    ['with numbers', (_request, response) => void response.end('{"tags":[1]}'), 'ProtocolError'],
    ['in no JSON', (_request, response) => void response.end('tags'), 'ProtocolError'],
  ])('%s is given up', async (_what, script, code) => {
    const limits = { tags: 100, pages: 20, pageBytes: 100_000 }
    await using registry = await lying(script, { limits })
    await expect(registry.repository.tags()).rejects.toMatchObject({ code })
  })
})

describe('a challenge', () => {
  it('that names a token service over http is refused where the registry speaks https', async () => {
    await using service = await ScriptedRegistry.start((_request, response) => void response.end('{"token":"t"}'))
    await using registry = await lying(
      (_request, response) =>
        void response.writeHead(401, { 'www-authenticate': `Bearer realm="${service.url}/token"` }).end(),
      { credentials: robot, ca: pem('ca.crt') },
      tls,
    )
    await expect(registry.repository.tags()).rejects.toMatchObject({ code: 'AuthenticationFailed' })
    expect(service.requests).toEqual([])
  })

  it.each(['not a url', 'file:///etc/passwd', 'javascript:alert(1)', ''])(
    'with the realm %j is refused',
    async (realm) => {
      await using registry = await lying(
        (_request, response) => void response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
        { credentials: robot },
      )
      await expect(registry.repository.tags()).rejects.toMatchObject({ code: 'AuthenticationFailed' })
    },
  )

  it('is not answered for ever', async () => {
    await using registry = await lying(
      (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
      { credentials: robot },
    )
    await expect(registry.repository.tags()).rejects.toMatchObject({ code: 'AuthenticationFailed' })
    expect(registry.server.requests.length).toBeLessThan(5)
  })

  it.each<[string, string]>([
    ['without a token', '{}'],
    ['with a token of two lines', '{"token":"a\\r\\nx-evil: 1"}'],
    ['without an end', `{"token":"${'a'.repeat(200_000)}"}`],
    ['that is no JSON', 'token'],
  ])('whose service answers %s is given up', async (_what, answer) => {
    await using service = await ScriptedRegistry.start((_request, response) => void response.end(answer))
    await using registry = await lying(
      (_request, response) =>
        void response.writeHead(401, { 'www-authenticate': `Bearer realm="${service.url}/token"` }).end(),
    )
    await expect(registry.repository.tags()).rejects.toMatchObject({ code: 'ProtocolError' })
  })

  it('does not carry an identity token along a redirect of the token service', async () => {
    await using thief = await ScriptedRegistry.start((_request, response) => void response.end('{"token":"t"}'))
    await using service = await ScriptedRegistry.start(
      (_request, response) => void response.writeHead(307, { location: thief.url }).end(),
    )
    await using registry = await lying(
      (_request, response) =>
        void response.writeHead(401, { 'www-authenticate': `Bearer realm="${service.url}/token"` }).end(),
      { credentials: { kind: 'identityToken', identityToken: 'hunter2' } },
    )
    await expect(registry.repository.tags()).rejects.toMatchObject({ code: 'ProtocolError' })
    expect(thief.requests).toEqual([])
  })
})

describe('an answer that may pass', () => {
  it('is waited for as long as the registry says, and asked for again', async () => {
    const waited: number[] = []
    const clock = {
      now: () => Date.now(),
      sleep: async (ms: number): Promise<void> => void waited.push(ms),
    }
    let asked = 0
    await using registry = await lying(
      (_request, response) => {
        if (asked++ === 0) response.writeHead(429, { 'retry-after': '7' }).end()
        else response.end('{"tags":["a"]}')
      },
      { clock },
    )
    expect(await registry.repository.tags()).toEqual(['a'])
    expect(waited).toEqual([7000])
  })

  it("ends with the registry's words", async () => {
    await using registry = await lying((_request, response) => {
      const body = {
        errors: [
          { code: 'TOOMANYREQUESTS', message: 'slow\u0007 down\n' },
          { code: 'X', message: 'token=abc' },
        ],
      }
      response.writeHead(429).end(JSON.stringify(body))
    })
    await expect(registry.repository.tags()).rejects.toThrow(/: TOOMANYREQUESTS: slow down; X: token=\*\*\*\*\*$/)
  })
})

it('an upload that is sent elsewhere goes there without the credentials', async () => {
  await using store = await ScriptedRegistry.start((_request, response) => void response.writeHead(201).end())
  await using registry = await lying(
    ({ method, headers }, response) => {
      if (headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else if (method === 'HEAD') response.writeHead(404).end()
      else response.writeHead(202, { location: `${store.url}/upload?state=1` }).end()
    },
    { credentials: robot },
  )
  await registry.repository.pushBlob(blob, content)
  expect(store.requests.map(({ method, headers, url }) => [method, headers.authorization, url])).toEqual([
    ['PUT', undefined, `/upload?state=1&digest=${encodeURIComponent(blob.digest)}`],
  ])
})

it('a registry that was not there is contacted anew: it may speak another scheme', async () => {
  let asked = 0
  await using server = await ScriptedRegistry.start(({ url }, response) => {
    if (url === '/v2/') response.end()
    else if (asked++ === 0) response.destroy()
    else response.end('{"tags":["a"]}')
  })
  await using client = connect(server.host)
  expect(await client.repository('org/app').tags()).toEqual(['a'])
  expect(server.requests.filter(({ url }) => url === '/v2/')).toHaveLength(2)
})

it('a call ends with its signal', async () => {
  await using registry = await lying(() => undefined)
  const abort = new AbortController()
  const call = registry.repository.tags({ signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})
