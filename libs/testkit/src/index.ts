// SPDX-License-Identifier: Apache-2.0
export { checkConditions } from './check-conditions.ts'
export { EventReceiver } from './event-receiver.ts'
export { eventually } from './eventually.ts'
export type { EventuallyOptions } from './eventually.ts'
export { FakeClock } from './fake-clock.ts'
export { installCrds } from './install-crds.ts'
export { createNamespace, testCluster } from './test-cluster.ts'
export type { TestCluster } from './test-cluster.ts'
