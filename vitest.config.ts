import { defineConfig } from "vitest/config";

const source = {
  resolve: { conditions: ["@sojourn/source"] },
  ssr: { resolve: { conditions: ["@sojourn/source"] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "node",
          environment: "node",
          include: ["packages/collector/{src,test}/**/*.test.ts", "test/*.test.ts"],
          execArgv: ["--conditions=@sojourn/source"],
          testTimeout: 20_000,
        },
      },
      {
        ...source,
        test: {
          name: "dom",
          environment: "happy-dom",
          include: ["packages/{sdk,dashboard}/{src,test}/**/*.test.{ts,tsx}"],
          testTimeout: 20_000,
        },
      },
      {
        ...source,
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts", "test/process/**/*.test.ts", "test/engine/*.test.ts"],
          execArgv: ["--conditions=@sojourn/source"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Browsers get the machine to themselves, after everything quick.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
