// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { isObject } from '../json.ts'

/** What is checked of a signature, in the order in which it is. */
const checks = ['integrity', 'authenticity', 'authenticTimestamp', 'expiry', 'revocation'] as const
/** One of them. */
export type Check = (typeof checks)[number]
/** What a failed check leads to: refusal, a line in the log, nothing. */
type Action = 'enforce' | 'log' | 'skip'

/** What each check leads to. */
export type Level = Readonly<Record<Check, Action>>

const levels: Readonly<Record<string, Level>> = {
  strict: level('enforce', 'enforce', 'enforce'),
  permissive: level('enforce', 'enforce', 'log'),
  audit: level('enforce', 'log', 'log'),
  skip: level('skip', 'skip', 'skip'),
}

function level(integrity: Action, authenticity: Action, others: Action): Level {
  return { integrity, authenticity, authenticTimestamp: others, expiry: others, revocation: others }
}

/** The level of a name with its overrides applied; absent for `skip`. Throws `InvalidKey` for what the specification forbids. */
export function toLevel(name: unknown, override: unknown): Level | undefined {
  const base = typeof name === 'string' && Object.hasOwn(levels, name) ? levels[name] : undefined
  if (base === undefined)
    throw new VerifyError('InvalidKey', `the verification level must be one of ${Object.keys(levels).join(', ')}`)
  if (override === undefined || override === null) return name === 'skip' ? undefined : base
  if (!isObject(override)) throw new VerifyError('InvalidKey', 'the override of a verification level must be an object')
  const entries = Object.entries(override).map(checkOverride)
  if (entries.length === 0) return name === 'skip' ? undefined : base
  if (name === 'skip') throw new VerifyError('InvalidKey', 'the verification level skip cannot be overridden')
  return { ...base, ...Object.fromEntries(entries) }
}

function checkOverride([check, action]: [string, unknown]): [Check, Action] {
  if (!isCheck(check)) throw new VerifyError('InvalidKey', `the check to override must be one of ${checks.join(', ')}`)
  if (action !== 'enforce' && action !== 'log' && action !== 'skip') {
    throw new VerifyError('InvalidKey', 'the action of an override must be enforce, log or skip')
  }
  if (check === 'integrity') throw new VerifyError('InvalidKey', 'the check of integrity cannot be overridden')
  if (action === 'skip' && check !== 'revocation')
    throw new VerifyError('InvalidKey', `the check of ${check} cannot be skipped`)
  return [check, action]
}

function isCheck(value: string): value is Check {
  return (checks as readonly string[]).includes(value)
}
