/**
 * Columns of text for terminals: the first left, numbers right.
 */

/** Lines without a trailing line break; a cell that begins with a digit or a minus is set right, and so is its column's header. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumeric = header.map((_, c) => c > 0 && rows.some((row) => /^-?\d/.test(row[c] ?? "")));
  const widths = header.map((name, c) => Math.max(name.length, ...rows.map((row) => (row[c] ?? "").length)));
  const line = (cells: readonly string[]) =>
    header
      .map((_, c) => {
        const cell = cells[c] ?? "";
        return isNumeric[c] === true ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!);
      })
      .join("  ")
      .trimEnd();
  return [line(header), ...rows.map(line)].join("\n");
}
