// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../errors.ts'

/** Whether a set of labels (or annotations) is selected. Absent means none. */
export type LabelSelector = (labels: Readonly<Record<string, string>> | undefined) => boolean

type Labels = Readonly<Record<string, string>>
type Requirement = (labels: Labels) => boolean

/**
 * Parses a selector in the text form of the Kubernetes API, for where the server cannot select: `a=b`, `a==b`, `a!=b`, `a in (b,c)`,
 * `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, joined by commas. Empty text selects everything. A label that is absent satisfies `!=`
 * and `notin`. Throws `InvalidLabelSelector`.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text))
  return (labels = {}) => requirements.every((requirement) => requirement(labels))
}

/** Commas within parentheses separate values. */
function splitRequirements(text: string): string[] {
  if (text.trim() === '') return []
  const parts = ['']
  let depth = 0
  for (const char of text) {
    if (char === '(') depth++
    if (char === ')') depth--
    if (char === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts.map((part) => part.trim())
}

const keyPattern = String.raw`[^\s!=<>(),]+`
const forms: readonly [RegExp, (match: RegExpMatchArray, text: string) => Requirement][] = [
  [new RegExp(`^(!?)\\s*(${keyPattern})$`), ([, not = '', key = '']) => hasKey(key, not === '')],
  [
    new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*([^\\s!=<>(),]*)$`),
    ([, key = '', operator, value = '']) => isIn(key, [value], operator !== '!='),
  ],
  [
    new RegExp(`^(${keyPattern})\\s+(in|notin)\\s*\\(([^()]*)\\)$`),
    ([, key = '', operator, values = '']) => isIn(key, toValues(values), operator === 'in'),
  ],
  [
    new RegExp(`^(${keyPattern})\\s*([<>])\\s*(-?\\d+)$`),
    ([, key = '', operator, value = '']) => compares(key, operator === '>', BigInt(value)),
  ],
]

function parseRequirement(part: string, text: string): Requirement {
  for (const [form, make] of forms) {
    const match = part.match(form)
    if (match === null) continue
    try {
      return make(match, text)
    } catch (cause) {
      throw invalid(text, (cause as Error).message)
    }
  }
  throw invalid(text, part === '' ? 'a requirement is empty' : `'${part}' is no requirement such as a=b or a in (b, c)`)
}

function invalid(text: string, why: string): ApiError<'InvalidLabelSelector'> {
  return new ApiError('InvalidLabelSelector', `unable to parse selector '${text}': ${why}`)
}

function hasKey(key: string, wanted: boolean): Requirement {
  checkKey(key)
  return (labels) => Object.hasOwn(labels, key) === wanted
}

function isIn(key: string, values: readonly string[], wanted: boolean): Requirement {
  checkKey(key)
  for (const value of values) checkValue(key, value)
  return (labels) => (Object.hasOwn(labels, key) && values.includes(labels[key] ?? '')) === wanted
}

function compares(key: string, greater: boolean, bound: bigint): Requirement {
  checkKey(key)
  return (labels) => {
    const value = labels[key] ?? ''
    if (!/^[+-]?\d+$/.test(value)) return false
    return greater ? BigInt(value) > bound : BigInt(value) < bound
  }
}

function toValues(text: string): string[] {
  return text.split(',').map((value) => value.trim())
}

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

function checkKey(key: string): void {
  const [last = '', prefix, ...more] = key.split('/').reverse()
  const isValid =
    more.length === 0 && name.test(last) && (prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix)))
  if (!isValid) throw new Error(`'${key}' is no label key`)
}

function checkValue(key: string, value: string): void {
  if (value !== '' && !name.test(value)) throw new Error(`'${value}' is no value of label '${key}'`)
}
