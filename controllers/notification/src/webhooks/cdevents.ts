// SPDX-License-Identifier: Apache-2.0
import { eventShapes } from './cdevents-shapes.ts'
import { objectOf } from './json-body.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `cdevents`: who knows the path is believed when the body is a CDEvent of version 0.4. */
export const cdevents: Verifier = {
  eventHeader: 'ce-type',
  verify: (request) => {
    const event = objectOf(request)
    const problem = event === undefined ? 'it is no JSON object' : eventProblem(event)
    return problem === undefined ? accepted : refused(`unable to validate CDEvent event: ${problem}`)
  },
}

type Fields = Readonly<Record<string, unknown>>

/** What is wrong with a CDEvent; undefined for nothing. */
function eventProblem({ context, subject, customData }: Fields): string | undefined {
  if (!isFields(context)) return 'context must be an object'
  if (!isFields(subject)) return 'subject must be an object'
  if (!isAbsent(customData) && typeof customData !== 'string' && !isFields(customData))
    return 'customData must be an object or a text'
  return contextProblem(context) ?? subjectProblem(subject, String(context['type']))
}

function contextProblem(context: Fields): string | undefined {
  const empty = ['version', 'id', 'source', 'type'].find((key) => !isName(context[key]))
  if (empty !== undefined) return `context.${empty} must be a text that is not empty`
  if (!isTime(context['timestamp'])) return 'context.timestamp must be a time as by RFC 3339'
  const wrong = ['chainId', 'schemaUri'].find((key) => !isAbsent(context[key]) && typeof context[key] !== 'string')
  if (wrong !== undefined) return `context.${wrong} must be a text`
  if (isName(context['schemaUri'])) return 'context.schemaUri names a schema that is not known'
  const { links } = context
  if (isAbsent(links) || (Array.isArray(links) && links.every(isLink))) return undefined
  return 'context.links must be a list of links'
}

const standardType = /^dev\.cdevents\.([a-z]+\.[a-z]+)\../
const customType = /^dev\.cdeventsx\.[a-z]+-[a-z]+\.[a-z]+\../
const customSubject = /^[a-zA-Z0-9]+-[a-zA-Z]+$/

function subjectProblem(subject: Fields, type: string): string | undefined {
  const { id, type: subjectType, content } = subject
  if (!isName(id)) return 'subject.id must be a text that is not empty'
  if (!isAbsent(subject['source']) && typeof subject['source'] !== 'string') return 'subject.source must be a text'
  if (!isAbsent(content) && !isFields(content)) return 'subject.content must be an object'
  if (customType.test(type)) {
    const isKnown = typeof subjectType === 'string' && customSubject.test(subjectType)
    return isKnown ? undefined : 'subject.type must be <tool>-<subject>'
  }
  const shape = eventShapes.get(standardType.exec(type)?.[1] ?? '')
  if (shape?.type !== type) return `unknown event type '${type.slice(0, 100)}'`
  if (subjectType !== shape.subjectType) return `subject.type must be '${shape.subjectType}'`
  const members = isAbsent(content) ? {} : content
  const wrong = shape.content.find(({ key, isRequired, shape: wanted }) => {
    const value = members[key]
    return isAbsent(value) ? isRequired : !shapes[wanted]?.(value, isRequired)
  })
  return wrong === undefined ? undefined : `subject.content.${wrong.key} is missing or has the wrong form`
}

const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && values.includes(value)

/** A member by the name of its shape. An empty text counts as absent. */
const shapes: Readonly<Record<string, (value: unknown, isRequired: boolean) => boolean>> = {
  text: (value) => typeof value === 'string',
  name: (value, isRequired) => (isRequired ? isName(value) : typeof value === 'string'),
  texts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  reference: (value) => hasName(value, 'id') && isTextOrAbsent(value, 'source'),
  sbom: (value) => hasName(value, 'uri'),
  suite: (value) =>
    hasName(value, 'id') && ['name', 'uri', 'url', 'version'].every((key) => isTextOrAbsent(value, key)),
  test: (value) =>
    hasName(value, 'id') && ['name', 'type', 'uri', 'version'].every((key) => isTextOrAbsent(value, key)),
  trigger: (value) => isFields(value) && ['type', 'uri'].every((key) => isTextOrAbsent(value, key)),
  outcome: oneOf('pass', 'fail', 'cancel', 'error'),
  severity: oneOf('low', 'medium', 'high', 'critical'),
  output: oneOf('report', 'video', 'image', 'log', 'other'),
}

function isLink(link: unknown): boolean {
  return isFields(link) && oneOf('RELATION', 'PATH', 'END')(link['linkType'])
}

function isTime(value: unknown): boolean {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
  return typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function hasName(value: unknown, key: string): value is Fields {
  return isFields(value) && isName(value[key])
}

function isTextOrAbsent(value: Fields, key: string): boolean {
  return isAbsent(value[key]) || typeof value[key] === 'string'
}
