// SPDX-License-Identifier: Apache-2.0
import { renderManifest } from '../manifest.ts'
import { systemNamespace } from './controllers.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
}

const rules: readonly Rule[] = [
  {
    alert: 'TidelockEventsOvertaken',
    expr: 'increase(tidelock_events_overtaken_total[15m]) > 0',
    severity: 'critical',
    summary: 'The stream dropped {{ $value }} events before the notification controller saw them: raise its bounds.',
  },
  {
    alert: 'TidelockEventsBehind',
    expr: 'tidelock_events_behind > 10000',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value }} events on the stream wait for the notification controller.',
  },
  {
    alert: 'TidelockEventsDropped',
    expr: 'increase(tidelock_event_spool_dropped[15m]) > 0',
    severity: 'critical',
    summary: '{{ $labels.pod }} dropped events because its spool was full: who takes them is away.',
  },
  {
    alert: 'TidelockEventsNotTaken',
    expr: 'tidelock_event_spool_records > 1000',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value }} events wait on the disk of {{ $labels.pod }}: who takes them is away.',
  },
  {
    alert: 'TidelockEventsRefused',
    expr: 'increase(tidelock_intake_refused_total[15m]) > 0',
    severity: 'critical',
    summary: 'The notification controller refused events because too many wait to be told.',
  },
  {
    alert: 'TidelockDeadLetters',
    expr: 'increase(tidelock_notifications_total{result="dead"}[15m]) > 0',
    severity: 'warning',
    summary: '{{ $value }} messages to Providers of type {{ $labels.type }} were given up and are dead letters.',
  },
]

/** A component that an overlay adds to `deploy/` where the Prometheus operator runs: alerts about events that are lost or late. */
export function monitoringFiles(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    'kustomization.yaml': renderManifest([
      { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', resources: ['prometheus-rule.yaml'] },
    ]),
    'prometheus-rule.yaml': renderManifest([
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: 'tidelock-events', namespace: systemNamespace, labels },
        spec: {
          groups: [
            {
              name: 'tidelock-events',
              rules: rules.map(({ severity, summary, ...rule }) => ({
                ...rule,
                labels: { severity },
                annotations: { summary },
              })),
            },
          ],
        },
      },
    ]),
  }
}
