// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redact } from '@tidelock/errors'
import { pino } from 'pino'
import type { DestinationStream, Logger as Pino } from 'pino'
import { consoleStream } from './log-console.ts'
import type { LogOptions } from './options.ts'

/** A logger as reconcilers see it: fields first, then a constant message. */
export interface Logger {
  trace(fields: object, message: string): void
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  /** For what is odd but no failure. Written with level info: Flux's logs know no warn. */
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds the fields to every line. */
  child(fields: object): Logger
  /** Whether lines of the level are written at all. */
  isLevelEnabled(level: 'trace' | 'debug' | 'info' | 'error'): boolean
}

/**
 * Writes lines with Flux's keys: `level`, `ts` (ISO 8601), `logger`, `msg`, then the fields. Errors become their message with
 * its causes (key `error`), and beside them `stacktrace` where `level` shows debug lines. Every string is redacted.
 */
export function createLogger(options: LogOptions, stream: DestinationStream = process.stderr): Logger {
  const base = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      messageKey: 'msg',
      formatters: { level: (label) => ({ level: label === 'warn' ? 'info' : label }) },
    },
    options.encoding === 'console' ? consoleStream(stream) : stream,
  )
  return wrap(base)
}

function wrap(base: Pino): Logger {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if (base.isLevelEnabled(level)) base[level](clean(fields, base.isLevelEnabled('debug')), redact(message))
    }
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(base.child(clean(fields, false))),
    isLevelEnabled: (level) => base.isLevelEnabled(level),
  }
}

/** The fields as they may be written: errors as text, strings without secrets, nothing deeper than four levels. */
function clean(fields: object, withStack: boolean): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    // pino would turn a second `level` or `msg` into a doubled JSON key
    const name = key === 'level' || key === 'msg' || key === 'ts' ? `${key}_` : key
    cleaned[name] = cleanValue(value, 0)
    if (withStack && value instanceof Error && value.stack !== undefined) cleaned['stacktrace'] = redact(value.stack)
  }
  return cleaned
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Error) return redact(errorMessage(value))
  if (typeof value !== 'object' || value === null) return value
  if (depth === 4) return '…'
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1))
  const entries = Object.entries(value).map(([key, item]) => [key, cleanValue(item, depth + 1)])
  return Object.fromEntries(entries) as Record<string, unknown>
}
