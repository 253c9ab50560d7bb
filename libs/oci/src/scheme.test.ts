// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { schemesOf } from './scheme.ts'

it.each([
  'localhost',
  'localhost:5000',
  '127.0.0.1:5000',
  '[::1]:5000',
  '10.1.2.3',
  '172.16.0.1:80',
  '192.168.1.1',
  'registry.local:5000',
  'registry.localhost',
])('%s may speak plain HTTP', (registry) => {
  expect(schemesOf(registry, false)).toEqual(['https', 'http'])
})

it.each([
  'ghcr.io',
  'index.docker.io',
  'localhost.evil.example',
  'registry.local.example',
  '172.32.0.1',
  '11.0.0.1',
  '10.evil.example.com',
])('%s may not', (registry) => {
  expect(schemesOf(registry, false)).toEqual(['https'])
  expect(schemesOf(registry, true)).toEqual(['https', 'http'])
})
