import { defineConfig } from "vitest/config";

const source = {
  resolve: { conditions: ["@sojourn/source"] },
  ssr: { resolve: { conditions: ["@sojourn/source"] } },
};

// Threads that begin and end by the hundred, as in tests, meet a fault of V8's write protection of compiled code (it ends the
// process with "jit_page.has_value()", see nodejs/node#64500). Only there is the protection, and the option.
const execArgv = [
  "--conditions=@sojourn/source",
  ...(process.platform === "linux" && process.arch === "x64" ? ["--no-memory-protection-keys"] : []),
];

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "node",
          environment: "node",
          include: ["packages/collector/{src,test}/**/*.test.ts", "test/*.test.ts"],
          execArgv,
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
          execArgv,
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
