// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { githubApi } from './github-api.ts'
import { createStatusSetter } from './set-commit-status.ts'

/** `github`: the status of a commit, once it is decided. */
export const github: Notifier = createStatusSetter(githubApi, {
  service: 'GitHub',
  page: 'per_page=50',
  state: 'state',
  pending: undefined,
})
