/**
 * Where everything on the map of stages goes, for any model: steps in a row, silence in a bank below, returns between.
 *
 * Pure geometry in the units of the drawing. Ribbons are as wide as the people who moved, on one linear scale; the
 * smallest is 1.6 units so that it can be seen.
 */
import type { Flow, Moves, Role } from "../api-shapes.ts";

export const WIDTH = 1344;
const CARD_HEIGHT = 88;
const BANK_HEIGHT = 58;
const RETURN_HEIGHT = 58;
const MOST_CARD = 176;
const LEAST_GAP = 84;
/** Gap between the row of cards and the bank: without a return card in it, and with one. */
const SHALLOW = 70;
const DEEP = 134;
const SMALLEST_RIBBON = 1.6;
const LARGEST_RIBBON = 72;
/** More steps than this do not fit side by side with their ribbons; then the list is shown. */
export const MOST_STEPS = 7;

export interface Card {
  stage: string;
  role: Role;
  x: number;
  y: number;
  width: number;
  height: number;
  start: number;
  end: number;
  medianDays: number | null;
}

export interface Ribbon {
  kind: "step" | "fall" | "sink" | "knock" | "back";
  from: string;
  to: string;
  people: number;
  /** Of everybody who was in `from` during the period; null when nobody was. */
  rate: number | null;
  of: number;
  width: number;
  /** A fall that keeps to the left of a return card. */
  isBeside?: boolean;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface PathLayout {
  height: number;
  cards: Card[];
  ribbons: Ribbon[];
}

type Stage = Flow["stages"][number];

/** People who went from a stage to any of the others named. */
export const movedTo = (flow: Moves, from: string, to: readonly string[]): number =>
  flow.gross
    .filter((row) => row.from === from && to.includes(row.to))
    .reduce((sum, row) => sum + row.moves, 0);

/** Who was in the stage at any time of the period: those at its start and those who came, each stay once. */
export const wereIn = ({ start, entered }: Pick<Stage, "start" | "entered">): number => start + entered;

/** How high the drawing will be, known before its figures are. */
export function heightOf(hasQuiet: boolean, hasReturn: boolean): number {
  if (!hasQuiet && !hasReturn) return CARD_HEIGHT + 1;
  return CARD_HEIGHT + (hasReturn ? DEEP : SHALLOW) + BANK_HEIGHT + 1;
}

export function layoutPath(flow: Moves): PathLayout {
  const ofRole = (role: Role): Stage[] => flow.stages.filter((stage) => stage.role === role);
  const path = ofRole("path");
  const quiet = ofRole("quiet");
  const back = ofRole("return");
  const n = path.length;
  const width = Math.min(MOST_CARD, n < 2 ? MOST_CARD : (WIDTH - LEAST_GAP * (n - 1)) / n);
  const gap = n < 2 ? 0 : (WIDTH - n * width) / (n - 1);
  const x = (i: number): number => i * (width + gap);
  const bankY = CARD_HEIGHT + (back.length > 0 ? DEEP : SHALLOW);
  const height = heightOf(quiet.length > 0, back.length > 0);

  const cards: Card[] = path.map((stage, i) => cardOf(stage, x(i), 0, width, CARD_HEIGHT));
  // The first silence is the bank; later ones lie to its left, the latest outermost.
  const outer = quiet.slice(1, 1 + Math.max(0, n - 2));
  outer.forEach((stage, i) => {
    cards.push(cardOf(stage, x(outer.length - 1 - i), bankY, width, BANK_HEIGHT));
  });
  const bankFrom = x(outer.length);
  const bank = quiet[0];
  if (bank !== undefined) cards.push(cardOf(bank, bankFrom, bankY, WIDTH - bankFrom, BANK_HEIGHT));
  const taken = new Set<number>();
  for (const stage of back) {
    const column = columnOf(flow, stage, path, taken);
    taken.add(column);
    cards.push(
      cardOf(stage, x(column) + 40, CARD_HEIGHT + (DEEP - RETURN_HEIGHT) / 2, width - 40, RETURN_HEIGHT),
    );
  }

  const raw: Omit<Ribbon, "width">[] = [];
  const at = new Map(cards.map((card) => [card.stage, card]));
  const names = path.map(({ stage }) => stage);
  path.forEach((stage, i) => {
    const card = at.get(stage.stage)!;
    const of = wereIn(stage);
    if (i < n - 1) {
      const people = movedTo(flow, stage.stage, names.slice(i + 1));
      const y = CARD_HEIGHT / 2;
      raw.push({
        kind: "step",
        from: stage.stage,
        to: names[i + 1]!,
        people,
        rate: share(people, of),
        of,
        x1: card.x + width,
        y1: y,
        x2: x(i + 1),
        y2: y,
      });
    }
    const fell = movedTo(
      flow,
      stage.stage,
      quiet.map((q) => q.stage),
    );
    if (fell > 0 && bank !== undefined) {
      const isBeside = taken.has(i);
      const x1 = card.x + (isBeside ? 18 : 44);
      raw.push({
        kind: "fall",
        from: stage.stage,
        to: bank.stage,
        people: fell,
        rate: share(fell, of),
        of,
        isBeside,
        x1,
        y1: CARD_HEIGHT,
        x2: Math.max(x1, bankFrom + 20),
        y2: bankY,
      });
    }
  });
  [bank, ...outer].forEach((stage, i, all) => {
    const next = all[i + 1];
    if (stage === undefined || next === undefined) return;
    const a = at.get(stage.stage)!;
    const b = at.get(next.stage)!;
    const people = movedTo(flow, stage.stage, [next.stage]);
    const y = bankY + BANK_HEIGHT / 2;
    raw.push({
      kind: "sink",
      from: stage.stage,
      to: next.stage,
      people,
      rate: share(people, wereIn(stage)),
      of: wereIn(stage),
      x1: a.x,
      y1: y,
      x2: b.x + b.width,
      y2: y,
    });
  });
  for (const stage of back) {
    const card = at.get(stage.stage)!;
    const knocked = flow.gross
      .filter((g) => g.to === stage.stage && g.from !== null)
      .reduce((s, g) => s + g.moves, 0);
    const won = movedTo(flow, stage.stage, names);
    // Near the left edge of its card, so that the words beside the arrow have the card's width.
    const mid = card.x + 22;
    if (bank !== undefined) {
      raw.push({
        kind: "knock",
        from: bank.stage,
        to: stage.stage,
        people: knocked,
        rate: share(knocked, wereIn(bank)),
        of: wereIn(bank),
        x1: mid,
        y1: bankY,
        x2: mid,
        y2: card.y + card.height,
      });
    }
    raw.push({
      kind: "back",
      from: stage.stage,
      to: names[0] ?? "",
      people: won,
      rate: share(won, wereIn(stage)),
      of: wereIn(stage),
      x1: mid,
      y1: card.y,
      x2: mid,
      y2: CARD_HEIGHT,
    });
  }
  // Without a return stage, whoever comes back goes straight from the bank to the path.
  if (back.length === 0 && bank !== undefined && n > 0) {
    const returned = movedTo(flow, bank.stage, names);
    if (returned > 0) {
      const column = columnOf(flow, bank, path, taken);
      const mid = x(column) + width - 30;
      raw.push({
        kind: "back",
        from: bank.stage,
        to: names[column]!,
        people: returned,
        rate: share(returned, wereIn(bank)),
        of: wereIn(bank),
        x1: mid,
        y1: bankY,
        x2: mid,
        y2: CARD_HEIGHT,
      });
    }
  }
  const most = Math.max(1, ...raw.map(({ people }) => people));
  const ribbons = raw.map((ribbon) => ({
    ...ribbon,
    width: ribbon.people === 0 ? 0 : Math.max(SMALLEST_RIBBON, (ribbon.people / most) * LARGEST_RIBBON),
  }));
  return { height, cards, ribbons };
}

function cardOf(stage: Stage, x: number, y: number, width: number, height: number): Card {
  const { start, end, medianDays, role } = stage;
  return { stage: stage.stage, role, x, y, width, height, start, end, medianDays };
}

/** The step most people return to from a stage; the last but one when nobody has yet. */
function columnOf(flow: Moves, from: Stage, path: readonly Stage[], taken: ReadonlySet<number>): number {
  const n = path.length;
  const free = path.map((_, i) => i).filter((i) => !taken.has(i));
  const counts = free.map((i) => ({ i, moves: movedTo(flow, from.stage, [path[i]!.stage]) }));
  const best = counts.sort((a, b) => b.moves - a.moves || a.i - b.i)[0];
  if (best !== undefined && best.moves > 0) return best.i;
  return free.includes(n - 2) ? n - 2 : (free.at(-1) ?? Math.max(0, n - 2));
}

const share = (people: number, of: number): number | null => (of === 0 ? null : people / of);
