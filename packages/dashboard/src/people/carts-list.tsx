/**
 * Carts that were left: whose, when, and what was in them.
 */
import { addressOf } from "../address.ts";
import { useAnswer } from "../answer.ts";
import { periodQuery, useHere } from "../context.ts";
import { NOT_APPLICABLE } from "../format.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { say } from "../words.ts";

interface Carts {
  left: number;
  rows: { person: string; customer: string | null; state: string; changedAt: string; value: number | null }[];
}

export function CartsList() {
  const here = useHere();
  const { formats, site } = here;
  const load = useAnswer<Carts>(site.id === "" ? undefined : "/carts", {
    ...periodQuery(here),
    limit: "500",
  });
  const left = (data: Carts) => data.rows.filter(({ state }) => state === "left");
  return (
    <Panel
      id="carts"
      title={say("people.list.carts")}
      load={load}
      csv={(data) => [
        ["person", "customer", "changed_at", "value_minor"],
        ...left(data).map((row) => [row.person, row.customer, row.changedAt, row.value]),
      ]}
      waiting={<GreyRows rows={10} columns={3} />}
      isEmpty={(data) => left(data).length === 0}
    >
      {(data) => (
        <Scroller name={say("people.list.carts")}>
          <table class="tbl num">
            <caption class="vh">{say("people.list.carts")}</caption>
            <thead>
              <tr>
                <th scope="col">{say("people.who")}</th>
                <th scope="col">{say("people.lastSeen")}</th>
                <th scope="col">{say("people.value")}</th>
              </tr>
            </thead>
            <tbody>
              {left(data).map((row) => (
                <tr key={`${row.person}${row.changedAt}`} data-cart={row.person}>
                  <td>
                    <Link class="who" to={addressOf("people", row.person)}>
                      {row.customer === null ? <code>{row.person.slice(0, 18)}</code> : <b>{row.customer}</b>}
                    </Link>
                  </td>
                  <td>{formats.moment(row.changedAt)}</td>
                  <td>{row.value === null ? NOT_APPLICABLE : formats.money(row.value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Panel>
  );
}
