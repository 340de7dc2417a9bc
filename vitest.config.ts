import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Real git, real child processes and real databases: generous, because two cores are shared by all of them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One real Postgres for all files that ask for it; none where nobody does.
    globalSetup: ["test/support/postgres-setup.ts"],
  },
});
