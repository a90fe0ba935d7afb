/**
 * People as a list: everybody, whoever is about to fall quiet, or whoever left a cart; searched and narrowed.
 */
import { useEffect, useState } from "preact/hooks";
import { addressOf, choose, filterKey, filtersOf } from "../address.ts";
import { useAnswer } from "../answer.ts";
import type { People, PersonRow } from "../api-shapes.ts";
import { filterQuery, useHere } from "../context.ts";
import type { Cell } from "../csv.ts";
import { NOT_APPLICABLE } from "../format.ts";
import { GreyRows, Nothing, Panel } from "../panel.tsx";
import { FilterMenu } from "../shell/filter-menu.tsx";
import { Link } from "../shell/link.tsx";
import { Pager } from "../shell/pager.tsx";
import { Scroller } from "../shell/scroller.tsx";
import { Seg } from "../shell/seg.tsx";
import { say } from "../words.ts";
import { CartsList } from "./carts-list.tsx";

type Row = PersonRow & { due?: string; becomes?: string; person?: string };
const LISTS = ["all", "lapsing", "carts"] as const;
const LIST_WORDS = { all: "people.all", lapsing: "people.list.lapsing", carts: "people.list.carts" } as const;
/** A pause in typing, in milliseconds, after which the list is asked for. */
const TYPING_MS = 250;
const PAGE_ROWS = 50;

export function PeopleList() {
  const here = useHere();
  const { params, formats } = here;
  const list = LISTS.find((name) => name === params.list) ?? "all";
  const load = useAnswer<People & { rows: Row[] }>(
    here.site.id === "" || list === "carts" ? undefined : list === "lapsing" ? "/lapsing" : "/people",
    {
      ...filterQuery(here),
      limit: String(PAGE_ROWS),
      after: params.after,
      ...(list === "lapsing" ? { days: params.days } : { search: params.search, finding: params.finding }),
    },
  );
  const chosen = filtersOf(params);
  return (
    <>
      <div class="head">
        <h1>{say("people")}</h1>
        <Search />
        <FilterMenu />
        {chosen.map((filter) => (
          <span class="chip" key={filterKey(filter)}>
            <span class="txt">
              {say(filter.name)} {say(filter.isNot ? "filterIsNot" : "filterIs")}{" "}
              <b>{filter.name === "stage" ? here.stageName(filter.value) : filter.value}</b>
            </span>
            <button
              type="button"
              aria-label={say("removeFilter", {
                name: say(filter.name),
                is: say(filter.isNot ? "filterIsNot" : "filterIs"),
                value: filter.value,
              })}
              onClick={() => choose({ [filterKey(filter)]: undefined, after: undefined })}
            >
              ✕
            </button>
          </span>
        ))}
        {list === "all" && <FindingChip finding={params.finding} />}
        <span class="push" />
        <Seg
          label={say("people")}
          options={LISTS.map((name) => ({
            value: name,
            name: say(LIST_WORDS[name]),
          }))}
          value={list}
          onChoose={(name) =>
            choose({ list: name === "all" ? undefined : name, after: undefined, finding: undefined })
          }
        />
      </div>
      {list === "all" && <StageTabs />}
      {list === "carts" ? (
        <CartsList />
      ) : (
        <Panel
          id="people"
          title={
            load.data?.total === undefined || load.data.total === null
              ? say("people.table")
              : `${formats.count(load.data.total)} ${say("people.total", { n: load.data.total })}`
          }
          load={load}
          csv={(data) => tableOf(data.rows)}
          waiting={<GreyRows rows={12} columns={6} />}
        >
          {(data) =>
            data.rows.length === 0 ? (
              params.search === undefined ? (
                <Nothing />
              ) : (
                <p class="note">{say("people.none")}</p>
              )
            ) : (
              <>
                <Table rows={data.rows} isLapsing={list === "lapsing"} />
                <Pager
                  after={params.after}
                  next={data.hasMore ? data.next : null}
                  onGo={(after) => choose({ after })}
                />
              </>
            )
          }
        </Panel>
      )}
    </>
  );
}

/** Says which finding of the overview chose the people, and lets go of it. */
function FindingChip({ finding }: { finding: string | undefined }) {
  if (finding !== "second_order_overdue" && finding !== "loyal_past_rhythm") return null;
  const name = say(`people.finding.${finding}`);
  return (
    <span class="chip">
      <span class="txt">{name}</span>
      <button
        type="button"
        aria-label={say("removeFilter", { name, is: "", value: "" })}
        onClick={() => choose({ finding: undefined, after: undefined })}
      >
        ✕
      </button>
    </span>
  );
}

function Search() {
  const { params } = useHere();
  const [text, setText] = useState(params.search ?? "");
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text !== (params.search ?? "")) choose({ search: text, after: undefined });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, params.search]);
  return (
    <search>
      <input
        id="people-search"
        type="search"
        class="searchbox"
        placeholder={say("people.searchHint")}
        aria-label={say("people.search")}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </search>
  );
}

function StageTabs() {
  const { stages, stageName, stageColour, params, formats } = useHere();
  return (
    <div class="stagetabs num">
      {stages?.stages.map(({ stage, people }) => (
        <button
          type="button"
          class="btn"
          key={stage}
          aria-pressed={params.stage === stage}
          onClick={() => choose({ stage: params.stage === stage ? undefined : stage, after: undefined })}
        >
          <i style={{ background: stageColour(stage) }} />
          {stageName(stage)} <span class="mut">{formats.count(people)}</span>
        </button>
      ))}
    </div>
  );
}

function Table({ rows, isLapsing }: { rows: Row[]; isLapsing: boolean }) {
  const here = useHere();
  const { formats } = here;
  return (
    <Scroller name={say("people.table")}>
      <table class="tbl num">
        <caption class="vh">{say("people.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{say("people.who")}</th>
            <th scope="col" class="l">
              {say("stage")}
            </th>
            {isLapsing && (
              <th scope="col" class="l">
                {say("people.becomes")}
              </th>
            )}
            <th scope="col" class="l opt">
              {say("people.cameBy")}
            </th>
            <th scope="col" class="opt">
              {say("people.firstSeen")}
            </th>
            <th scope="col" class="opt">
              {say("people.lastSeen")}
            </th>
            <th scope="col">{say("orders")}</th>
            <th scope="col" class={isLapsing ? "opt" : undefined}>
              {say("revenue")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-person={row.id}>
              <td>
                <Link class="who" to={addressOf("people", row.id)}>
                  {row.customer === null ? <code>{row.id.slice(0, 18)}</code> : <b>{row.customer}</b>}
                </Link>
              </td>
              <td class="l">
                {row.stage === null ? (
                  NOT_APPLICABLE
                ) : (
                  <span class="tag">
                    <i style={{ background: here.stageColour(row.stage) }} />
                    {here.stageName(row.stage)}
                  </span>
                )}
              </td>
              {isLapsing && (
                <td class="l">
                  {row.becomes !== undefined && here.stageName(row.becomes)}{" "}
                  <span class="mut">{row.due !== undefined && formats.day(row.due)}</span>
                </td>
              )}
              <td class="l opt">
                {row.channel ?? NOT_APPLICABLE}{" "}
                <span class="mut">{row.source !== row.channel && row.source}</span>
              </td>
              <td class="opt">{formats.day(row.firstAt)}</td>
              <td class="opt">{formats.moment(row.lastAt)}</td>
              <td>{row.orders === 0 ? <span class="mut">0</span> : formats.count(row.orders)}</td>
              <td class={isLapsing ? "opt" : undefined}>
                {row.revenue === 0 ? <span class="mut">{NOT_APPLICABLE}</span> : formats.money(row.revenue)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function tableOf(rows: readonly Row[]): Cell[][] {
  return [
    [
      "id",
      "customer",
      "stage",
      "since",
      "channel",
      "source",
      "campaign",
      "first_at",
      "last_at",
      "orders",
      "revenue_minor",
    ],
    ...rows.map((row): Cell[] => [
      row.id,
      row.customer,
      row.stage,
      row.since,
      row.channel,
      row.source,
      row.campaign,
      row.firstAt,
      row.lastAt,
      row.orders,
      row.revenue,
    ]),
  ];
}
