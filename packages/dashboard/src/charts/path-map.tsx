/**
 * The map of stages as a drawing: cards are filter buttons, ribbons carry their numbers.
 */
import type { Flow, Stays } from "../api-shapes.ts";
import type { Here } from "../context.ts";
import { say } from "../words.ts";
import { type Card, layoutPath, type Ribbon, WIDTH } from "./path-layout.ts";
import { type QuietGroup, quietFor, quietWords } from "./quiet-for.ts";

/** What the name and the number of people take at the left of the bank. */
const BANK_NAME = 260;

export function PathMap(props: {
  flow: Flow;
  /** How long people have been where they are; the words in the bank come with it. */
  stays: Stays | undefined;
  here: Here;
  chosen: string | undefined;
  onChoose: (stage: string, isNot: boolean) => void;
}) {
  const { flow, stays, here, chosen, onChoose } = props;
  const { height, cards, ribbons } = layoutPath(flow);
  const returns = new Set(cards.filter(({ role }) => role === "return").map(({ stage }) => stage));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a drawing.
    <svg viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={say("pathLabel")}>
      <defs>
        {ribbons
          .filter(({ kind }) => kind === "step")
          .map((ribbon, i) => (
            <linearGradient key={ribbon.from} id={`step-${i}`}>
              <stop offset="0" stop-color={here.stageColour(ribbon.from)} />
              <stop offset="1" stop-color={here.stageColour(ribbon.to)} />
            </linearGradient>
          ))}
      </defs>
      {ribbons.map((ribbon, i) => (
        <RibbonShape
          key={`${ribbon.kind}${ribbon.from}${ribbon.to}`}
          ribbon={ribbon}
          here={here}
          index={i}
          all={ribbons}
        />
      ))}
      {ribbons.map((ribbon) => (
        <RibbonWords
          key={`${ribbon.kind}${ribbon.from}${ribbon.to}`}
          ribbon={ribbon}
          here={here}
          returns={returns}
        />
      ))}
      {cards.map((card) => (
        <StageCard
          key={card.stage}
          card={card}
          here={here}
          quiet={card.role === "quiet" && stays !== undefined ? quietFor(stays, card.stage) : []}
          isChosen={chosen === card.stage}
          onChoose={(isNot) => onChoose(card.stage, isNot)}
        />
      ))}
    </svg>
  );
}

function RibbonShape({ ribbon, here, all }: { ribbon: Ribbon; here: Here; index: number; all: Ribbon[] }) {
  const { kind, x1, y1, x2, y2, width } = ribbon;
  if (width === 0) return null;
  const tip = say("pathTitle", { n: ribbon.people, of: ribbon.of });
  if (kind === "step") {
    const index = all.filter((other) => other.kind === "step").indexOf(ribbon);
    return (
      <rect
        x={x1}
        y={y1 - width / 2}
        width={x2 - x1}
        height={width}
        fill={`url(#step-${index})`}
        opacity={0.85}
        data-tip={tip}
      />
    );
  }
  if (kind === "back" || kind === "knock") {
    const colour = "var(--w0)";
    const half = width / 2 + 5;
    return (
      <g data-tip={tip}>
        <path
          d={`M${x1},${y1}V${y2 + 9}`}
          stroke={colour}
          stroke-width={width}
          opacity={kind === "back" ? 1 : 0.7}
        />
        <path d={`M${x2 - half},${y2 + 10}L${x2},${y2 + 1}L${x2 + half},${y2 + 10}Z`} fill={colour} />
      </g>
    );
  }
  const colour = here.stageColour(ribbon.to);
  const half = (y1 + y2) / 2;
  const d =
    x1 === x2
      ? `M${x1},${y1}V${y2}`
      : kind === "sink"
        ? `M${x1},${y1}H${x2}`
        : `M${x1},${y1}C${x1},${half} ${x2},${half} ${x2},${y2}`;
  return <path d={d} stroke={colour} stroke-width={width} opacity={0.62} fill="none" data-tip={tip} />;
}

function RibbonWords(props: { ribbon: Ribbon; here: Here; returns: ReadonlySet<string> }) {
  const { ribbon, here, returns } = props;
  const { kind, x1, y1, x2, width, people } = ribbon;
  const { formats } = here;
  const count = formats.count(people);
  if (kind === "step") {
    const middle = (x1 + x2) / 2;
    // Light ribbons carry dark words in both themes; thin ones have them above and below.
    const isWide = width > 40;
    return (
      <g>
        <text
          x={middle}
          y={isWide ? y1 - 2 : y1 - width / 2 - 8}
          text-anchor="middle"
          class={isWide ? "r1 on" : "r1"}
        >
          {formats.rate(ribbon.rate)}
        </text>
        <text
          x={middle}
          y={isWide ? y1 + 15 : y1 + width / 2 + 17}
          text-anchor="middle"
          class={isWide ? "t3 on" : "t3"}
        >
          {say("movedOn", { n: count })}
        </text>
      </g>
    );
  }
  if (people === 0 && kind !== "sink") return null;
  if (kind === "fall") {
    // Where a return stage lies under the card, the words go to the other side.
    const isLeft = ribbon.isBeside;
    return (
      <text
        x={isLeft ? x1 - width / 2 - 8 : x1 + width / 2 + 8}
        y={y1 + 24}
        text-anchor={isLeft ? "end" : "start"}
        class="halo"
      >
        {say("wentQuiet", { n: count })}
      </text>
    );
  }
  if (kind === "sink") {
    return (
      <g>
        <text x={(x1 + x2) / 2} y={y1 - width / 2 - 8} text-anchor="middle" class="r1">
          {count}
        </text>
      </g>
    );
  }
  const isWon = kind === "back";
  const text = isWon && returns.has(ribbon.from) ? "wonBack" : "cameBack";
  const words = say(text, { n: count });
  // Beside the arrow, but never past the edge of the drawing.
  const isLeft = x1 + width / 2 + 12 > WIDTH - words.length * 6.8;
  const x = isLeft ? x1 - width / 2 - 12 : x1 + width / 2 + 12;
  return (
    <text x={x} y={(ribbon.y1 + ribbon.y2) / 2 + 5} text-anchor={isLeft ? "end" : "start"} class="halo">
      {words}
    </text>
  );
}

/** How long whoever is in the bank has been there, at its right. */
function BankWords({ card, here, quiet }: { card: Card; here: Here; quiet: readonly QuietGroup[] }) {
  // Its name and number stand at the left.
  const room = (card.width - BANK_NAME) / Math.max(1, quiet.length);
  return (
    <g>
      {quiet.map((group, i) => (
        <g key={group.fromDays} transform={`translate(${BANK_NAME + i * room},0)`}>
          <text y={26} class="r1">
            {here.formats.count(group.people)}
          </text>
          <text y={44} class="t3">
            {quietWords(group)}
          </text>
        </g>
      ))}
    </g>
  );
}

function StageCard(props: {
  card: Card;
  here: Here;
  quiet: readonly QuietGroup[];
  isChosen: boolean;
  onChoose: (isNot: boolean) => void;
}) {
  const { card, here, quiet, isChosen, onChoose } = props;
  const { formats } = here;
  const isTall = card.height > 70;
  const count = formats.count(card.end);
  const change = card.start === 0 ? undefined : formats.change(card.end, card.start, "relative");
  const isGood = card.role === "quiet" ? "down" : "up";
  const arrow = change === undefined || change.direction === 0 ? "=" : change.direction > 0 ? "▲" : "▼";
  const tone =
    change === undefined || change.direction === 0
      ? "eq"
      : change.direction > 0 === (isGood === "up")
        ? "up"
        : "dn";
  const low = 46;
  const nameY = isTall ? 23 : 24;
  const isWide = card.width > 500;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot be drawn inside an SVG.
    <g
      class="st"
      // Inside a drawing names keep their case, and only this one makes a stop for Tab.
      tabindex={0}
      role="button"
      aria-pressed={isChosen}
      transform={`translate(${card.x},${card.y})`}
      data-stage={card.stage}
      data-people={card.end}
      onClick={(event) => onChoose(event.altKey)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onChoose(event.altKey);
      }}
    >
      <rect class="bg" width={card.width} height={card.height} rx={8} />
      <rect y={8} width={4} height={card.height - 16} rx={2} fill={here.stageColour(card.stage)} />
      <text x={16} y={nameY} class="t1">
        {fit(here.stageName(card.stage), card.width - 24)}
      </text>
      <text x={16} y={isTall ? 51 : low} class="t2">
        {count}
        {!isTall && change !== undefined && (
          <tspan dx="10" class={`t4 ${tone}`}>
            {arrow} {change.text}
          </tspan>
        )}
      </text>
      {isTall && change !== undefined && (
        <text x={card.width - 12} y={51} text-anchor="end" class={tone}>
          {arrow} {change.text}
        </text>
      )}
      {isWide && <BankWords card={card} here={here} quiet={quiet} />}
      {isTall && card.medianDays !== null && (
        <text x={16} y={74} class="t3">
          {fit(say("medianHere", { time: formats.duration(card.medianDays) }), card.width - 24)}
        </text>
      )}
    </g>
  );
}

/** Shortens a name that would run out of its card; 7.6 units is the mean width of a letter. */
function fit(text: string, width: number): string {
  const most = Math.floor(width / 7.6);
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}
