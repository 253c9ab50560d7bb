// SPDX-License-Identifier: Apache-2.0
import type { Alert, AlertEventSource, FluxEvent } from '@tidelock/api'
import type { MessageRules } from './patterns.ts'

/** The labels of the object that an event is about; undefined when it cannot be found. */
export type LabelsOf = (event: FluxEvent) => Promise<Readonly<Record<string, string>> | undefined>

/** Whether an Alert speaks of an event; `source-missing`: it would, but the labels of the object cannot be read. */
export type Match = 'yes' | 'no' | 'source-missing'

/** Holds an event against an Alert by Flux's rules. */
export async function matchAlert(
  alert: Alert,
  rules: MessageRules,
  event: FluxEvent,
  labelsOf: LabelsOf,
): Promise<Match> {
  if (alert.spec.suspend === true) return 'no'
  const sources = alert.spec.eventSources.filter((source) => matchesByName(alert, source, event))
  if (sources.length === 0 || !rules.allows(event.message)) return 'no'
  if (sources.some(({ matchLabels }) => matchLabels === undefined)) return 'yes'
  const labels = await labelsOf(event)
  if (labels === undefined) return 'source-missing'
  return sources.some(({ matchLabels = {} }) => hasLabels(labels, matchLabels)) ? 'yes' : 'no'
}

function matchesByName(
  { metadata, spec }: Alert,
  source: AlertEventSource,
  { involvedObject, severity }: FluxEvent,
): boolean {
  const wanted = spec.eventSeverity ?? 'info'
  return (
    involvedObject.namespace === (source.namespace ?? metadata.namespace) &&
    involvedObject.kind === source.kind &&
    (severity === wanted || wanted === 'info') &&
    (source.name === '*' || source.name === involvedObject.name)
  )
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}
