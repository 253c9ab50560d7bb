// SPDX-License-Identifier: Apache-2.0

/** Annotation of a Provider: how many dead letters it has; absent for none. */
export const deadLettersAnnotation = 'notification.tidelock.dev/dead-letters'
/** Annotation of a Provider: its newest dead letters, as `formatDeadLetters` writes them; absent for none. */
export const newestDeadLettersAnnotation = 'notification.tidelock.dev/dead-letters-newest'

/** What is told of a message that was given up. */
export interface DeadLetterSummary {
  /** RFC 3339: when it was given up. */
  readonly time: string
  /** Of the event: kind/namespace/name. */
  readonly object: string
  /** Of the event. */
  readonly reason: string
  readonly code: string
  /** Why it was given up, without secrets. */
  readonly error: string
}

const most = { letters: 10, bytes: 8192, characters: 400 }

/** JSON of the first ten at most, newest first, and of no more than 8 KiB: long texts are cut, then the oldest left out. */
export function formatDeadLetters(newestFirst: readonly DeadLetterSummary[]): string {
  const shown = newestFirst.slice(0, most.letters).map((each) => shape((field) => shorten(plain(each[field]))))
  let text = JSON.stringify(shown)
  while (Buffer.byteLength(text) > most.bytes) {
    shown.pop()
    text = JSON.stringify(shown)
  }
  return text
}

/** What `formatDeadLetters` wrote. Anybody may have written it: what has another form is left out, and control characters become blanks. */
export function parseDeadLetters(annotation: string): readonly DeadLetterSummary[] {
  let list: unknown
  try {
    list = JSON.parse(annotation)
  } catch {
    return []
  }
  if (!Array.isArray(list)) return []
  return list.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return []
    const found = each as Readonly<Record<string, unknown>>
    return [shape((field) => (typeof found[field] === 'string' ? plain(found[field]) : ''))]
  })
}

function shape(value: (field: keyof DeadLetterSummary) => string): DeadLetterSummary {
  return {
    ...{ time: value('time'), object: value('object'), reason: value('reason') },
    ...{ code: value('code'), error: value('error') },
  }
}

/** On one line, and without what a terminal would obey. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim()
}

function shorten(text: string): string {
  return text.length > most.characters ? `${text.slice(0, most.characters).toWellFormed()}…` : text
}
