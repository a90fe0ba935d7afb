/**
 * Keeps touchpoints that belong to another collector, in a file of their own beside the data file, until that one has them.
 *
 * What is here was acknowledged: every write is on the disk when it returns. What was passed on is overwritten and gone.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { SojournError } from "../../errors.ts";
import type { Arrival } from "../../ingest/accept.ts";
import { type Directory, NOBODY } from "./directory.ts";

/** Name of the file in the data folder. */
export const RELAY_FILE = "relay.db";

const TABLES = `
create table if not exists arrival (
  n integer primary key autoincrement,
  site text not null,
  heard_at integer not null,
  touchpoints integer not null,
  arrival text not null
) strict;
create index if not exists arrival_by_site on arrival (site, n);
create table if not exists meta (key text primary key, value text not null) strict, without rowid;
`;

/** An arrival of another collector's site, and how many touchpoints of it are worth keeping. */
export interface Relayed {
  site: string;
  touchpoints: number;
  arrival: Arrival;
}

export interface KeptArrival {
  n: number;
  /** JSON of an {@link Arrival}. */
  text: string;
}

export interface RelayFile {
  /** Keeps them in one commit. */
  keep(arrivals: readonly Relayed[]): void;
  /** The oldest of these sites, at most so many and about so many characters. */
  oldest(sites: readonly string[], most: number, mostLength: number): KeptArrival[];
  /** They are where they belong. */
  drop(numbers: readonly number[]): void;
  /** Arrivals and touchpoints that wait, and when the oldest came. */
  waiting(): { arrivals: number; touchpoints: number; oldestAt: number | null };
  /** What was known of others when it was last told. */
  directory(): Directory;
  setDirectory(directory: Directory): void;
  close(): void;
}

/** Throws `store_unwritable` when it cannot be opened. */
export function openRelayFile(folder: string): RelayFile {
  const db = open(join(folder, RELAY_FILE));
  const insert = db.prepare("insert into arrival (site, heard_at, touchpoints, arrival) values (?, ?, ?, ?)");
  // uses arrival_by_site
  const select = db.prepare<[string, number], KeptArrival>(
    "select n, arrival as text from arrival where site in (select value from json_each(?)) order by n limit ?",
  );
  const remove = db
    .prepare<[number], number>("delete from arrival where n = ? returning touchpoints")
    .pluck();
  const count = db.prepare<[], { arrivals: number; touchpoints: number | null }>(
    "select count(*) as arrivals, sum(touchpoints) as touchpoints from arrival",
  );
  const getMeta = db.prepare<[string], string>("select value from meta where key = ?").pluck();
  const putMeta = db.prepare(
    "insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value",
  );
  // Kept beside the table, because whoever watches asks for it all the time.
  const counted = count.get()!;
  let arrivals = counted.arrivals;
  let touchpoints = counted.touchpoints ?? 0;
  const oldestAt = db.prepare<[], number>("select heard_at from arrival order by n limit 1").pluck();
  const keepAll = db.transaction((list: readonly Relayed[]) => {
    for (const { site, touchpoints: n, arrival } of list) {
      insert.run(site, arrival.heardAt ?? arrival.receivedAt, n, JSON.stringify(arrival));
    }
  });
  const dropAll = db.transaction((numbers: readonly number[]) => {
    let gone = 0;
    for (const n of numbers) gone += remove.get(n) ?? 0;
    return gone;
  });

  return {
    keep(list) {
      keepAll(list);
      arrivals += list.length;
      for (const { touchpoints: n } of list) touchpoints += n;
    },
    oldest(sites, most, mostLength) {
      const found: KeptArrival[] = [];
      let length = 0;
      for (const row of select.all(JSON.stringify(sites), most)) {
        length += row.text.length;
        if (found.length > 0 && length > mostLength) break;
        found.push(row);
      }
      return found;
    },
    drop(numbers) {
      touchpoints -= dropAll(numbers);
      arrivals -= numbers.length;
    },
    waiting: () => ({ arrivals, touchpoints, oldestAt: oldestAt.get() ?? null }),
    directory() {
      const text = getMeta.get("directory");
      return text === undefined ? NOBODY : (JSON.parse(text) as Directory);
    },
    setDirectory: (directory) => void putMeta.run("directory", JSON.stringify(directory)),
    close: () => void db.close(),
  };
}

function open(path: string): Database.Database {
  try {
    const db = new Database(path, { timeout: 5_000 });
    db.pragma("journal_mode = wal");
    // What is answered with 2xx is on the disk.
    db.pragma("synchronous = full");
    db.pragma("secure_delete = on");
    db.exec(TABLES);
    return db;
  } catch (cause) {
    throw new SojournError("store_unwritable", `${path} cannot be used`, {
      hint: "It holds touchpoints on their way to another collector. Check its owner and rights.",
      cause,
    });
  }
}
