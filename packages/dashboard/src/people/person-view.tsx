/**
 * One person: who they are, every stage change with its reason, their orders, and everything that is kept.
 */
import { useMemo } from "preact/hooks";
import { addressOf } from "../address.ts";
import { useAnswer } from "../answer.ts";
import { apiUrl } from "../api.ts";
import type { Person, StageChange } from "../api-shapes.ts";
import { modelOf, useHere } from "../context.ts";
import { formatsFor } from "../format.ts";
import { GreyRows, Panel } from "../panel.tsx";
import { Link } from "../shell/link.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { LoadError } from "../shell/states.tsx";
import { say } from "../words.ts";
import { ConnectorsFlags } from "./connectors-flags.tsx";
import { EraseButton } from "./erase.tsx";
import { Timeline } from "./timeline.tsx";
import { TouchText } from "./touch-text.tsx";

export function PersonView({ id }: { id: string }) {
  const here = useHere();
  const { site, params, formats, isReadOnly } = here;
  const load = useAnswer<Person>(site.id === "" ? undefined : `/people/${encodeURIComponent(id)}`, {
    site: site.id,
    model: modelOf(site, params.model),
  });
  if (load.problem !== undefined && load.data === undefined) {
    return <LoadError problem={load.problem} retry={load.retry} />;
  }
  const person = load.data;
  return (
    <>
      <div class="head">
        <Link class="btn ghost" to={addressOf("people")}>
          ← {say("people.back")}
        </Link>
      </div>
      <div class="head">
        <h1>
          {person === undefined
            ? say("people.who")
            : person.customer === null
              ? say("people.anonymous")
              : say("people.customer", { id: person.customer })}
        </h1>
        {person !== undefined && <code class="mut">{person.id}</code>}
        <span class="push" />
        {person !== undefined && !isReadOnly && (
          <>
            <a
              class="btn"
              download
              href={apiUrl(`/people/${encodeURIComponent(person.id)}/export`, { site: site.id })}
            >
              {say("people.export")}
            </a>
            <EraseButton id={person.id} />
          </>
        )}
      </div>
      {person !== undefined && (
        <section class="card facts num" aria-label={say("people.who")}>
          <Fact name={say("people.stageNow")}>
            {person.stage === null ? (
              "–"
            ) : (
              <span class="tag big">
                <i style={{ background: here.stageColour(person.stage) }} />
                {here.stageName(person.stage)}
              </span>
            )}
            <small>{person.since !== null && say("people.since", { time: formats.day(person.since) })}</small>
          </Fact>
          <Fact name={say("people.firstTouch")}>
            <TouchText touch={person.firstTouch} />
            <small>{formats.moment(person.firstAt)}</small>
          </Fact>
          <Fact name={say("people.lastTouch")}>
            <TouchText touch={person.lastTouch} />
            <small>{formats.moment(person.lastAt)}</small>
          </Fact>
          <Fact name={say("people.visitorsIds")}>
            <span class="ids">
              {[...new Set([...person.claims, ...person.visitors])].slice(0, 6).map((name) => (
                <code key={name}>{name.length > 34 ? `${name.slice(0, 33)}…` : name}</code>
              ))}
            </span>
          </Fact>
        </section>
      )}
      {person !== undefined && <ConnectorsFlags flags={person.flags} />}
      <div class="row">
        <Panel
          id="changes"
          title={say("people.changes")}
          load={load}
          csv={(data) => [
            ["at", "from", "to", "cause", "rule", "touchpoint", "recorded_at"],
            ...data.changes.map((c) => [c.at, c.from, c.to, c.cause, c.rule, c.touchpoint, c.recordedAt]),
          ]}
          waiting={<GreyRows rows={4} columns={3} />}
        >
          {(data) =>
            data.changes.length === 0 ? (
              <p class="note">{say("people.changesEmpty")}</p>
            ) : (
              <ol class="changes">
                {[...data.changes].reverse().map((change) => (
                  <Change key={change.id + change.recordedAt} change={change} />
                ))}
              </ol>
            )
          }
        </Panel>
        <Panel
          id="orders"
          title={say("people.orders")}
          load={load}
          csv={(data) => [
            ["order", "at", "value_minor", "currency", "refunded_minor", "counts"],
            ...data.orders.map((o) => [o.order, o.at, o.value, o.currency, o.refunded, String(o.counts)]),
          ]}
          waiting={<GreyRows rows={3} columns={3} />}
          isEmpty={(data) => data.orders.length === 0}
        >
          {(data) => <Orders orders={data.orders} />}
        </Panel>
      </div>
      <Panel
        id="timeline"
        title={say("people.timeline")}
        sub={say("people.timelineSub")}
        load={load}
        csv={(data) => [
          ["at", "received_at", "kind", "channel", "source", "visitor", "traffic", "fields"],
          ...data.timeline.map((e) => [
            e.at,
            e.receivedAt,
            e.kind,
            e.touch?.channel,
            e.touch?.source,
            e.visitor,
            e.traffic,
            JSON.stringify(e.fields),
          ]),
        ]}
        waiting={<GreyRows rows={8} columns={3} />}
      >
        {(data) => <Timeline person={data} />}
      </Panel>
    </>
  );
}

function Fact(props: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <span class="k">{props.name}</span>
      {props.children}
    </div>
  );
}

function Change({ change }: { change: StageChange }) {
  const { formats, stageName, stageColour } = useHere();
  return (
    <li class={change.supersededAt === null ? undefined : "old"}>
      <i style={{ background: stageColour(change.to) }} />
      <div>
        <b>
          {change.from === null ? say("people.entered") : stageName(change.from)} → {stageName(change.to)}
        </b>
        <p>
          {say(change.cause === "time" ? "people.byTime" : "people.byEvent")}: <code>{change.rule}</code>
          {change.supersededAt !== null && ` (${say("people.corrected")})`}
        </p>
      </div>
      <time dateTime={change.at}>{formats.moment(change.at)}</time>
    </li>
  );
}

function Orders({ orders }: { orders: Person["orders"] }) {
  const { formats, site } = useHere();
  const inMoney = useMemo(() => {
    const known = new Map<string, ReturnType<typeof formatsFor>>();
    return (minor: number, currency: string): string => {
      if (!known.has(currency)) known.set(currency, formatsFor(formats.language, currency, site.zone));
      return known.get(currency)!.money(minor);
    };
  }, [formats.language, site.zone]);
  return (
    <Scroller name={say("people.orders")}>
      <table class="tbl num">
        <caption class="vh">{say("people.orders")}</caption>
        <thead>
          <tr>
            <th scope="col">{say("people.order")}</th>
            <th scope="col">{say("people.when")}</th>
            <th scope="col">{say("people.value")}</th>
          </tr>
        </thead>
        <tbody>
          {[...orders].reverse().map((order) => (
            <tr key={order.order} class={order.counts ? undefined : "off"}>
              <td>
                {order.order} {!order.counts && <small>{say("people.doesNotCount")}</small>}
              </td>
              <td>{formats.moment(order.at)}</td>
              <td>
                {inMoney(order.value, order.currency)}
                {order.refunded > 0 && (
                  <small> {say("people.refunded", { money: inMoney(order.refunded, order.currency) })}</small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
