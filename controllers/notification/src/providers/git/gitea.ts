// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { giteaApi } from './gitea-api.ts'
import { createStatusSetter } from './set-commit-status.ts'

/** `gitea`: the status of a commit, pending while it progresses. */
export const gitea: Notifier = createStatusSetter(giteaApi, {
  service: 'Gitea',
  page: 'limit=50',
  state: 'status',
  pending: 'pending',
})
