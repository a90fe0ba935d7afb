/**
 * What other rules would move in history: from which channel and source to which, with what hangs on it.
 */
import type { Answer } from "../api-shapes.ts";
import { useHere } from "../context.ts";
import { Scroller } from "../shell/scroller.tsx";
import { say } from "../words.ts";

type Moves = Answer<"reclassify">;
type Side = Moves["rows"][number]["from"];
const MOST_ROWS = 20;

export function MovesTable({ moves }: { moves: Moves }) {
  const { formats } = useHere();
  return (
    <div role="status" data-moved={moves.moved}>
      <p>
        <b>
          {say("rule.moved", {
            n: moves.moved,
            of: formats.count(moves.touches),
            people: formats.count(moves.people),
          })}
        </b>
      </p>
      {moves.withoutRaw > 0 && <p class="explain">{say("rule.withoutRaw", { n: moves.withoutRaw })}</p>}
      {moves.next !== null && <p class="explain">{say("rule.partly", { n: moves.people })}</p>}
      {moves.rows.length > 0 && (
        <Scroller name={say("rule.movesTable")}>
          <table class="tbl num inset">
            <caption class="vh">{say("rule.movesTable")}</caption>
            <thead>
              <tr>
                <th scope="col">{say("rule.from")}</th>
                <th scope="col" class="l">
                  {say("rule.to")}
                </th>
                <th scope="col">{say("rule.touches")}</th>
                <th scope="col" class="opt">
                  {say("orders")}
                </th>
                <th scope="col">{say("revenue")}</th>
              </tr>
            </thead>
            <tbody>
              {byChannelAndSource(moves.rows)
                .slice(0, MOST_ROWS)
                .map((row) => (
                  <tr key={`${row.from}>${row.to}`}>
                    <td>{row.from}</td>
                    <td class="l">{row.to}</td>
                    <td>
                      <b>{formats.count(row.touches)}</b>
                    </td>
                    <td class="opt">{formats.count(row.orders)}</td>
                    <td>{formats.money(row.revenue)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </div>
  );
}

/** Rows that differ in their campaign alone are one row here; the API tells them apart. */
function byChannelAndSource(
  rows: Moves["rows"],
): { from: string; to: string; touches: number; orders: number; revenue: number }[] {
  const groups = Map.groupBy(rows, ({ from, to }) => `${sideWords(from)}\n${sideWords(to)}`);
  const sum = (of: Moves["rows"], name: "touches" | "orders" | "revenue"): number =>
    of.reduce((all, row) => all + row[name], 0);
  return [...groups.values()]
    .map((of) => ({
      from: sideWords(of[0]!.from),
      to: sideWords(of[0]!.to),
      touches: sum(of, "touches"),
      orders: sum(of, "orders"),
      revenue: sum(of, "revenue"),
    }))
    .sort((a, b) => b.touches - a.touches);
}

const sideWords = (side: Side): string =>
  side === null ? say("rule.noTouch") : `${side.channel} (${side.source})`;
