// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Receiver } from '@tidelock/api'
import { cdevents } from './cdevents.ts'
import type { Verdict } from './verifier.ts'

const context = {
  version: '0.4.1',
  id: '271069a8-fc18-44f1-b38f-9d70a1695819',
  source: '/event/source/123',
  type: 'dev.cdevents.artifact.packaged.0.2.0',
  timestamp: '2026-03-20T14:27:05.315384Z',
}
const subject = {
  id: 'pkg:golang/mygit.com/myorg/myapp@234fd47e07d1004f0aed9c',
  source: '/event/source/123',
  type: 'artifact',
  content: { change: { id: 'myChange123', source: 'my-git.example/an-org/a-repo' } },
}
const packaged = { context, subject, customData: { any: 'thing' }, customDataContentType: 'application/json' }

async function verify(event: unknown): Promise<Verdict> {
  const body = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event))
  const { signal } = new AbortController()
  const oidc = { verify: () => Promise.reject(new Error('not asked')) }
  const about = { receiver: {} as Receiver, token: '', secret: new Map<string, Buffer>(), oidc, now: () => 0, signal }
  return cdevents.verify({ headers: {}, body }, about)
}

const typed = (type: string, subjectType: string, content: object) => ({
  context: { ...context, type },
  subject: { id: 'x', type: subjectType, content },
})

describe('cdevents', () => {
  it.each([
    ['an event of the specification', packaged],
    ['one without content that must be there', typed('dev.cdevents.build.started.0.2.0', 'build', {})],
    ['members that are not known', { ...packaged, subject: { ...subject, content: { ...subject.content, more: 1 } } }],
    ['links', { ...packaged, context: { ...context, links: [{ linkType: 'END', from: { contextId: 'x' } }] } }],
    [
      'one of a tool of its own',
      typed('dev.cdeventsx.mytool-resource.created.0.1.0', 'mytool-resource', { any: { thing: 1 } }),
    ],
    [
      'a result of a test',
      typed('dev.cdevents.testcaserun.finished.0.2.0', 'testCaseRun', { outcome: 'pass', environment: { id: 'dev' } }),
    ],
  ])('takes %s', async (_what, event) => {
    expect(await verify(event)).toEqual({ kind: 'accepted' })
  })
  it.each([
    ['what is no JSON', 'no json', 'it is no JSON object'],
    ['a list', [], 'it is no JSON object'],
    ['no context', { subject }, 'context must be an object'],
    ['no subject', { context }, 'subject must be an object'],
    ['no id', { ...packaged, context: { ...context, id: '' } }, 'context.id'],
    ['no version', { ...packaged, context: { ...context, version: undefined } }, 'context.version'],
    ['a source that is none', { ...packaged, context: { ...context, source: 7 } }, 'context.source'],
    ['a day for a time', { ...packaged, context: { ...context, timestamp: '2026-03-20' } }, 'context.timestamp'],
    ['a schema of its own', { ...packaged, context: { ...context, schemaUri: 'https://x' } }, 'context.schemaUri'],
    ['links of no kind', { ...packaged, context: { ...context, links: [{ linkType: 'X' }] } }, 'context.links'],
    ['data that is a number', { ...packaged, customData: 7 }, 'customData'],
    ['an unknown type', typed('dev.cdevents.artifact.eaten.0.1.0', 'artifact', {}), 'unknown event type'],
    ['another version of a type', typed('dev.cdevents.artifact.packaged.0.9.0', 'artifact', {}), 'unknown event type'],
    ['a type of something else', typed('com.github.push', 'artifact', {}), 'unknown event type'],
    ['another subject', { ...packaged, subject: { ...subject, type: 'build' } }, "subject.type must be 'artifact'"],
    ['no change', { ...packaged, subject: { ...subject, content: {} } }, 'subject.content.change'],
    [
      'a change without id',
      { ...packaged, subject: { ...subject, content: { change: {} } } },
      'subject.content.change',
    ],
    ['content that is a text', { ...packaged, subject: { ...subject, content: 'x' } }, 'subject.content must'],
    [
      'a result that is none',
      typed('dev.cdevents.testcaserun.finished.0.2.0', 'testCaseRun', { outcome: 'ok', environment: { id: 'dev' } }),
      'subject.content.outcome',
    ],
    ['a tool without subject', typed('dev.cdeventsx.mytool-resource.created.0.1.0', 'mytool', {}), 'subject.type'],
  ])('refuses %s', async (_what, event, part) => {
    expect(await verify(event)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(part) })
  })
})
