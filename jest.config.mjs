// SPDX-License-Identifier: Apache-2.0
// One configuration for every package. Unit tests stand beside the code, API tests in test/, user promises in e2e/.
export default {
  testMatch: [
    '<rootDir>/libs/*/src/**/*.test.ts',
    '<rootDir>/libs/*/test/**/*.test.ts',
    '<rootDir>/controllers/*/src/**/*.test.ts',
    '<rootDir>/controllers/*/test/**/*.test.ts',
    '<rootDir>/cli/{src,test}/**/*.test.ts',
    '<rootDir>/tools/**/*.test.ts',
    '<rootDir>/bench/**/*.test.ts',
    '<rootDir>/e2e/**/*.e2e.test.ts',
  ],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'esnext' }, module: { type: 'es6' } },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  maxWorkers: 2,
  // bounds of single waits come first; a busy machine may be many times slower than a quiet one
  testTimeout: 240_000,
  reporters: [['default', { summaryThreshold: 0 }]],
}
