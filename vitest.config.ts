import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores: more forks than that only makes servers under test wait for each other.
    maxWorkers: 2,
    // No test asserts on time: this ends what hangs. A reload may wait for a busy machine, and a journey has several.
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
