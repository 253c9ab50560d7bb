// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from './record.ts'

const suffix = '.jsonl'
const namePattern = /^(\d{16})-([0-9a-f]{8})\.jsonl$/

/** Name of a segment file: sorts by the sequence of its first record; the token keeps two writers from meeting. */
export function segmentName(firstSequence: number, token: string): string {
  return `${String(firstSequence).padStart(16, '0')}-${token}${suffix}`
}

/** Whether the name is one that `segmentName` makes. */
export function isSegmentName(name: string): boolean {
  return namePattern.test(name)
}

/** One record a line, then a line with their number, so that a cut file shows. */
export function encodeSegment(records: readonly StoredRecord[]): string {
  const lines = records.map((record) => JSON.stringify(record))
  return `${lines.join('\n')}\n${JSON.stringify({ end: records.length })}\n`
}

/** What could be read of a segment. */
export interface DecodedSegment {
  readonly records: readonly StoredRecord[]
  /** What is wrong with the file; undefined when nothing is. */
  readonly problem: string | undefined
}

/** Reads a segment; never throws. Records that can be read are returned even when the file as a whole is damaged. */
export function decodeSegment(text: string): DecodedSegment {
  const records: StoredRecord[] = []
  let problem: string | undefined
  let end: number | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const value = parseLine(line)
    if (isRecord(value)) records.push(value)
    else if (isEnd(value)) end = value.end
    else problem ??= `line ${index + 1} is not a record`
  }
  if (problem === undefined && end === undefined) problem = 'the end is missing'
  if (problem === undefined && end !== records.length) problem = `${records.length} records where ${end} were written`
  return { records, problem }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isEnd(value: unknown): value is { end: number } {
  return typeof value === 'object' && value !== null && typeof (value as { end?: unknown }).end === 'number'
}

function isRecord(value: unknown): value is StoredRecord {
  if (typeof value !== 'object' || value === null) return false
  const { id, sequence, event } = value as Partial<Record<keyof StoredRecord, unknown>>
  return (
    typeof id === 'string' &&
    Number.isSafeInteger(sequence) &&
    typeof event === 'object' &&
    event !== null &&
    typeof (event as { involvedObject?: unknown }).involvedObject === 'object' &&
    typeof (event as { reason?: unknown }).reason === 'string' &&
    typeof (event as { message?: unknown }).message === 'string'
  )
}
