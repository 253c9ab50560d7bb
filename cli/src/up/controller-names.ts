// SPDX-License-Identifier: Apache-2.0

/** The controllers that there are, as words on the command line, in start order. */
export const controllerNames = ['source', 'kustomize', 'notification'] as const

/** One of them. */
export type ControllerName = (typeof controllerNames)[number]
