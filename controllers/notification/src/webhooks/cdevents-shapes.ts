// SPDX-License-Identifier: Apache-2.0

/** What a CDEvent of one type holds, by version 0.4.1 of https://cdevents.dev/docs. */
export interface EventShape {
  /** The type as an event names it. */
  readonly type: string
  readonly subjectType: string
  /** Members of the content; those that are not listed may be there too. */
  readonly content: readonly { readonly key: string; readonly isRequired: boolean; readonly shape: string }[]
}

// subject.predicate, version, type of the subject, and the content: `key:shape`, `key!:shape` where it must be there
const rows: readonly (readonly [name: string, version: string, subjectType: string, content: string])[] = [
  ['artifact.deleted', '0.1.0', 'artifact', 'user:name'],
  ['artifact.downloaded', '0.1.0', 'artifact', 'user:name'],
  ['artifact.packaged', '0.2.0', 'artifact', 'change!:reference sbom:sbom'],
  ['artifact.published', '0.2.0', 'artifact', 'sbom:sbom user:name'],
  ['artifact.signed', '0.2.0', 'artifact', 'signature!:name'],
  ['branch.created', '0.2.0', 'branch', 'repository:reference'],
  ['branch.deleted', '0.2.0', 'branch', 'repository:reference'],
  ['build.finished', '0.2.0', 'build', 'artifactId:text'],
  ['build.queued', '0.2.0', 'build', ''],
  ['build.started', '0.2.0', 'build', ''],
  ['change.abandoned', '0.2.0', 'change', 'repository:reference'],
  ['change.created', '0.3.0', 'change', 'description:name repository:reference'],
  ['change.merged', '0.2.0', 'change', 'repository:reference'],
  ['change.reviewed', '0.2.0', 'change', 'repository:reference'],
  ['change.updated', '0.2.0', 'change', 'repository:reference'],
  ['environment.created', '0.2.0', 'environment', 'name:text url:text'],
  ['environment.deleted', '0.2.0', 'environment', 'name:text'],
  ['environment.modified', '0.2.0', 'environment', 'name:text url:text'],
  [
    'incident.detected',
    '0.2.0',
    'incident',
    'description:text environment!:reference service:reference artifactId:name',
  ],
  [
    'incident.reported',
    '0.2.0',
    'incident',
    'description:text environment!:reference ticketURI!:name service:reference artifactId:name',
  ],
  [
    'incident.resolved',
    '0.2.0',
    'incident',
    'description:text environment!:reference service:reference artifactId:name',
  ],
  ['pipelinerun.finished', '0.2.0', 'pipelineRun', 'pipelineName:text url:text outcome:text errors:text'],
  ['pipelinerun.queued', '0.2.0', 'pipelineRun', 'pipelineName:text url:text'],
  ['pipelinerun.started', '0.2.0', 'pipelineRun', 'pipelineName:text url:text'],
  ['repository.created', '0.2.0', 'repository', 'name!:name owner:text url!:name viewUrl:text'],
  ['repository.deleted', '0.2.0', 'repository', 'name:text owner:text url:text viewUrl:text'],
  ['repository.modified', '0.2.0', 'repository', 'name:text owner:text url:text viewUrl:text'],
  ['service.deployed', '0.2.0', 'service', 'environment!:reference artifactId!:name'],
  ['service.published', '0.2.0', 'service', 'environment:reference'],
  ['service.removed', '0.2.0', 'service', 'environment:reference'],
  ['service.rolledback', '0.2.0', 'service', 'environment!:reference artifactId!:name'],
  ['service.upgraded', '0.2.0', 'service', 'environment!:reference artifactId!:name'],
  ['taskrun.finished', '0.2.0', 'taskRun', 'taskName:text url:text pipelineRun:reference outcome:text errors:text'],
  ['taskrun.started', '0.2.0', 'taskRun', 'taskName:text url:text pipelineRun:reference'],
  [
    'testcaserun.finished',
    '0.2.0',
    'testCaseRun',
    'outcome!:outcome severity:severity reason:text environment!:reference testSuiteRun:reference testCase:test',
  ],
  [
    'testcaserun.queued',
    '0.2.0',
    'testCaseRun',
    'trigger:trigger environment!:reference testSuiteRun:reference testCase:test',
  ],
  [
    'testcaserun.skipped',
    '0.1.0',
    'testCaseRun',
    'reason:text environment:reference testSuiteRun:reference testCase:test',
  ],
  [
    'testcaserun.started',
    '0.2.0',
    'testCaseRun',
    'trigger:trigger environment!:reference testSuiteRun:reference testCase:test',
  ],
  ['testoutput.published', '0.2.0', 'testOutput', 'outputType!:output format:text uri:text testCaseRun:reference'],
  [
    'testsuiterun.finished',
    '0.2.0',
    'testSuiteRun',
    'environment!:reference testSuite:suite outcome!:outcome severity:severity reason:text',
  ],
  ['testsuiterun.queued', '0.2.0', 'testSuiteRun', 'trigger:trigger environment!:reference testSuite:suite'],
  ['testsuiterun.started', '0.2.0', 'testSuiteRun', 'trigger:trigger environment!:reference testSuite:suite'],
  [
    'ticket.closed',
    '0.1.0',
    'ticket',
    'summary:text ticketType:text group:text creator:name assignees:texts priority:text labels:texts milestone:text uri!:name resolution!:name updatedBy:text',
  ],
  [
    'ticket.created',
    '0.1.0',
    'ticket',
    'summary:text ticketType:text group:text creator!:name assignees:texts priority:text labels:texts milestone:text uri!:name',
  ],
  [
    'ticket.updated',
    '0.1.0',
    'ticket',
    'summary:text ticketType:text group:text creator:name assignees:texts priority:text labels:texts milestone:text updatedBy:text uri!:name',
  ],
]

/** The known types by `<subject>.<predicate>`. */
export const eventShapes: ReadonlyMap<string, EventShape> = new Map(
  rows.map(([name, version, subjectType, content]) => [
    name,
    { type: `dev.cdevents.${name}.${version}`, subjectType, content: membersOf(content) },
  ]),
)

function membersOf(content: string): EventShape['content'] {
  return content
    .split(' ')
    .filter((member) => member !== '')
    .map((member) => {
      const [key = '', shape = ''] = member.split(':')
      return { key: key.replace('!', ''), isRequired: key.endsWith('!'), shape }
    })
}
