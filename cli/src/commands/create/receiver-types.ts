// SPDX-License-Identifier: Apache-2.0

/** The types of Receivers, in the order of flux's help. */
export const receiverTypes: readonly string[] = [
  ...['generic', 'generic-hmac', 'generic-oidc', 'github', 'gitlab', 'bitbucket', 'harbor', 'dockerhub', 'quay', 'gcr'],
  ...['nexus', 'acr', 'cdevents'],
]
