/**
 * The facts in a kept state (see `person-state.ts`), read as far as a question asks for them.
 *
 * A rule about visits or orders, asked of a million people, needs a few numbers of each: reading all of every state would cost four
 * times as much. Parts are found by walking over the text, and parsed when they are first looked at.
 */
import type { Answer, Facts, KindFacts, Trait } from "../../domain/lifecycle/facts.ts";
import type { OrderFacts } from "../../domain/lifecycle/orders.ts";
import type { EpochMs } from "../../domain/touchpoint.ts";
import { timesFrom, unpackKind } from "./person-state.ts";

/** Places of the parts in the packed state. */
const PART = {
  base: 0,
  n: 1,
  last: 2,
  visits: 3,
  advocacy: 4,
  kinds: 5,
  runs: 6,
  orders: 7,
  answers: 8,
  traits: 9,
};

/** Facts of a kept state. Equal to what `unpackFacts` gives, part by part; do not change them. */
export function keptFacts(text: string): Facts {
  return new KeptFacts(text) as Facts;
}

/** A class, because a million of these are made for one question, and they share their getters. */
class KeptFacts {
  readonly #text: string;
  /** Where each part found so far begins; the next one begins after the last. */
  readonly #starts: number[] = [1];
  readonly #lists: unknown[] = [];
  #kinds: KindFacts[] | undefined;
  #runs: EpochMs[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  #part(part: number): string {
    while (this.#starts.length <= part + 1) {
      this.#starts.push(endOfPart(this.#text, this.#starts[this.#starts.length - 1]!) + 1);
    }
    return this.#text.slice(this.#starts[part], this.#starts[part + 1]! - 1);
  }

  get #base(): number {
    return Number(this.#part(PART.base));
  }

  /** A part that is 0 when there is nothing in it. */
  #list<T>(part: number): T[] | undefined {
    if (part in this.#lists) return this.#lists[part] as T[] | undefined;
    const text = this.#part(part);
    const list = text === "0" ? undefined : (JSON.parse(text) as T[]);
    this.#lists[part] = list;
    return list;
  }

  get n(): number {
    return Number(this.#part(PART.n));
  }

  get first(): EpochMs | undefined {
    return this.#part(PART.last) === "null" ? undefined : this.#base;
  }

  get last(): EpochMs | undefined {
    const text = this.#part(PART.last);
    return text === "null" ? undefined : Number(text) + this.#base;
  }

  get visits(): number | undefined {
    return Number(this.#part(PART.visits)) || undefined;
  }

  get advocacy(): number | undefined {
    return Number(this.#part(PART.advocacy)) || undefined;
  }

  get kinds(): KindFacts[] {
    if (this.#kinds === undefined) {
      const base = this.#base;
      const packed = JSON.parse(this.#part(PART.kinds)) as (string | number)[][];
      this.#kinds = packed.map((kind) => unpackKind(kind, base));
    }
    return this.#kinds;
  }

  get runs(): EpochMs[] {
    this.#runs ??= timesFrom(JSON.parse(this.#part(PART.runs)) as number[], this.#base, 0);
    return this.#runs;
  }

  get orders(): OrderFacts[] | undefined {
    return this.#list(PART.orders);
  }

  get answers(): Answer[] | undefined {
    return this.#list(PART.answers);
  }

  get traits(): Trait[] | undefined {
    return this.#list(PART.traits);
  }
}

const QUOTE = 34;
const COMMA = 44;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Where the part of a JSON list that begins at `start` ends: at the comma or the bracket after it. */
function endOfPart(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      for (i++; text.charCodeAt(i) !== QUOTE; i++) if (text.charCodeAt(i) === BACKSLASH) i++;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (depth === 0) return i;
      depth -= 1;
    } else if (code === COMMA && depth === 0) return i;
  }
  return text.length;
}
