/** The statements of the cluster variant, which cannot be run on one machine: the engine at least reads every one of them. */
import { expect, test } from "vitest";
import { readAddress } from "../../packages/collector/src/store/clickhouse/address.ts";
import { openClient } from "../../packages/collector/src/store/clickhouse/client.ts";
import { schemaText } from "../../packages/collector/src/store/clickhouse/schema.ts";
import { startEngine } from "./engine.ts";

test("the engine can read every statement for a cluster", async () => {
  const engine = await startEngine();
  const client = openClient({ ...readAddress(engine.store()), database: "default" });
  try {
    const statements = schemaText({ database: "sojourn", cluster: "shops" })
      .split(/;\n/)
      .map((text) => text.trim())
      .filter((text) => text !== "");
    expect(statements.length).toBeGreaterThan(40);
    for (const q of statements) {
      const [row] = await client.rows<[string]>("select formatQuery({q:String})", { q });
      expect(row?.[0]).not.toBe("");
    }
    expect(statements.filter((text) => text.includes("Distributed(shops")).length).toBeGreaterThan(10);
    expect(statements.every((text) => text.startsWith("insert") || text.includes("on cluster shops"))).toBe(
      true,
    );
    await expect(client.rows("select formatQuery('create table t (a UInt8 order by')")).rejects.toMatchObject(
      { engineCode: 62 },
    );
  } finally {
    await client.close();
    await engine.close();
  }
}, 60_000);
