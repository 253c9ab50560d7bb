// SPDX-License-Identifier: Apache-2.0

/** The budgets that this project set itself for 500 apps. */
export const goals = {
  apps: 500,
  coldSeconds: 30,
  coldCpuSeconds: 35,
  changeLiveSeconds: 1,
  changeAllSeconds: 5,
  changeCpuSeconds: 5,
  /** 2.2 an app: one status patch, one Event, and a little. */
  changeRequests: 1100,
  handEditMs: 1000,
  idleCpuPercent: 1,
  peakMiB: 340,
  idleMiB: 200,
} as const
