import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  columnsOf,
  csvLine,
  csvReader,
  DELIMITERS,
  detectDelimiter,
  readCsv,
  streamCsv,
  writeCsv,
} from "./csv.ts";

const cellsOf = (text: string) => readCsv(text).map((row) => row.cells);

describe("reading", () => {
  test.each([
    { name: "LF", text: "a,b\n1,2\n" },
    { name: "CRLF", text: "a,b\r\n1,2\r\n" },
    { name: "CR", text: "a,b\r1,2\r" },
    { name: "no last line end", text: "a,b\n1,2" },
    { name: "a byte order mark", text: "\ufeffa,b\n1,2" },
    { name: "blank lines", text: "\n\na,b\n\r\n1,2\n\n" },
    { name: "semicolons", text: "a;b\n1;2" },
    { name: "tabs", text: "a\tb\n1\t2" },
  ])("takes $name", ({ text }) => {
    expect(cellsOf(text)).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  test("keeps delimiters, quotes and line breaks inside quotes", () => {
    expect(cellsOf('a,b\n"x, ""y""","1\r\n2"\n')).toEqual([
      ["a", "b"],
      ['x, "y"', "1\r\n2"],
    ]);
  });

  test("names the line on which a record begins", () => {
    const rows = readCsv('a\n"1\n2"\r\n\r\nlast');
    expect(rows.map((r) => r.line)).toEqual([1, 2, 5]);
  });

  test("keeps empty cells, also quoted ones that stand alone", () => {
    expect(cellsOf('a,b\n,\n""\n')).toEqual([["a", "b"], ["", ""], [""]]);
  });

  test("takes a quote inside an unquoted cell as it is", () => {
    expect(cellsOf('a,b\n5" pipe,x')[1]).toEqual(['5" pipe', "x"]);
  });

  test("tells damage and goes on where it can", () => {
    const rows = readCsv('a,b\n"1"x,2\n3,4\n"5,6');
    expect(rows[1]).toMatchObject({ line: 2, error: "text after a closing quote" });
    expect(rows[2]).toEqual({ line: 3, cells: ["3", "4"] });
    expect(rows[3]).toMatchObject({ line: 4, error: "a quote is opened and never closed" });
  });

  test("of nothing gives nothing", () => {
    expect(readCsv("")).toEqual([]);
    expect(readCsv("\ufeff")).toEqual([]);
  });

  test("chooses the delimiter outside quotes, the comma when in doubt", () => {
    expect(detectDelimiter('"a,b,c";d')).toBe(";");
    expect(detectDelimiter("one")).toBe(",");
    expect(detectDelimiter("a,b;c")).toBe(",");
  });

  test("finds columns by any of their names, ignoring case and blanks", () => {
    const names = { at: ["date", "at"], value: ["amount"], note: ["note"] };
    expect(columnsOf([" Date", "AMOUNT", "x"], names)).toEqual({ at: 0, value: 1 });
  });
});

describe("writing", () => {
  test.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "-"])("disarms %j", (text) => {
    expect(readCsv(csvLine([text]), { delimiter: "," })[0]!.cells[0]).toBe(`'${text}`);
  });

  test("leaves numbers plain, whether given as number or as text", () => {
    expect(csvLine([-5, "-12.50", 3n, 0.1])).toBe("-5,-12.50,3,0.1\r\n");
  });

  test("quotes outer blanks, which other readers trim", () => {
    expect(csvLine([" a", "b ", "c d"])).toBe('" a","b ",c d\r\n');
  });

  test("writes nothing, yes and instants", () => {
    expect(csvLine([null, undefined, true, new Date(0)])).toBe(",,true,1970-01-01T00:00:00.000Z\r\n");
  });

  test("then reading gives back every text that is no formula, in pieces of any size", async () => {
    const cell = fc
      .oneof(
        fc.string(),
        fc.string({
          unit: fc.constantFrom('"', ",", ";", "\t", "\n", "\r", " ", "\ufeff", "a", "ü", "'", "="),
        }),
      )
      .filter((text) => !/^[=+\-@\t\r]/.test(text));
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(...DELIMITERS),
        fc.integer({ min: 1, max: 7 }),
        async (rows, d, size) => {
          const text = rows.map((row) => csvLine(row, d)).join("");
          expect(readCsv(text, { delimiter: d }).map((r) => r.cells)).toEqual(rows);
          const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
            text.slice(i * size, (i + 1) * size),
          );
          const streamed: string[][] = [];
          for await (const row of streamCsv(pieces, { delimiter: d })) streamed.push(row.cells);
          expect(streamed).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("with a plain header needs no delimiter to be told", () => {
    const rows = fc.array(
      fc.tuple(fc.string(), fc.string()).filter((r) => r.every((c) => !/^[=+\-@\t\r]/.test(c))),
    );
    fc.assert(
      fc.property(rows, fc.constantFrom(...DELIMITERS), (list, d) => {
        expect(cellsOf(writeCsv(["name", "note"], list, d))).toEqual([["name", "note"], ...list]);
      }),
    );
  });
});

test("reading in pieces equals reading at once, whatever the text", () => {
  const text = fc.string({ unit: fc.constantFrom('"', ",", ";", "\n", "\r", "a", "\ufeff") });
  fc.assert(
    fc.property(text, fc.nat(40), (whole, cut) => {
      const reader = csvReader();
      const pieces = [...reader.push(whole.slice(0, cut)), ...reader.push(whole.slice(cut)), ...reader.end()];
      expect(pieces).toEqual(readCsv(whole));
    }),
    { numRuns: 1_000 },
  );
});
