import { defineConfig } from 'vitest/config';

/** Shared test settings; the JSON report is what the closing count of a test run is made from. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: '.test-results.json' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Turbo already runs packages side by side.
    maxWorkers: 2,
  },
});
