// SPDX-License-Identifier: Apache-2.0
import type { ProviderType } from '@tidelock/api'
import { alertmanager } from './alertmanager.ts'
import { azureEventHub } from './azure-event-hub.ts'
import { datadog } from './datadog.ts'
import { discord } from './discord.ts'
import { genericHmac } from './generic-hmac.ts'
import { generic } from './generic.ts'
import { azureDevOps } from './git/azure-devops.ts'
import { bitbucketServer } from './git/bitbucket-server.ts'
import { bitbucket } from './git/bitbucket.ts'
import { giteaPullRequestComment } from './git/gitea-pull-request-comment.ts'
import { gitea } from './git/gitea.ts'
import { githubDispatch } from './git/github-dispatch.ts'
import { githubPullRequestComment } from './git/github-pull-request-comment.ts'
import { github } from './git/github.ts'
import { gitlabMergeRequestComment } from './git/gitlab-merge-request-comment.ts'
import { gitlab } from './git/gitlab.ts'
import { googleChat } from './google-chat.ts'
import { googlePubSub } from './google-pubsub.ts'
import { grafana } from './grafana.ts'
import { lark } from './lark.ts'
import { matrix } from './matrix.ts'
import { msteams } from './msteams.ts'
import { nats } from './nats.ts'
import type { Notifier } from './notifier.ts'
import { opsgenie } from './opsgenie.ts'
import { otel } from './otel.ts'
import { pagerduty } from './pagerduty.ts'
import { rocket } from './rocket.ts'
import { sentry } from './sentry.ts'
import { slack } from './slack.ts'
import { telegram } from './telegram.ts'
import { webex } from './webex.ts'
import { zulip } from './zulip.ts'

/** The notifier of each type. A type that is not here is said to be unsupported, on the Provider and its Alerts. */
export const notifiers: Readonly<Partial<Record<ProviderType, Notifier>>> = {
  alertmanager,
  azuredevops: azureDevOps,
  azureeventhub: azureEventHub,
  bitbucket,
  bitbucketserver: bitbucketServer,
  datadog,
  discord,
  generic,
  'generic-hmac': genericHmac,
  gitea,
  giteapullrequestcomment: giteaPullRequestComment,
  github,
  githubdispatch: githubDispatch,
  githubpullrequestcomment: githubPullRequestComment,
  gitlab,
  gitlabmergerequestcomment: gitlabMergeRequestComment,
  googlechat: googleChat,
  googlepubsub: googlePubSub,
  grafana,
  lark,
  matrix,
  msteams,
  nats,
  opsgenie,
  otel,
  pagerduty,
  rocket,
  sentry,
  slack,
  telegram,
  webex,
  zulip,
}
