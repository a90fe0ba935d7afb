/**
 * The tables of the SQLite engine, as dated migrations that only go forward.
 *
 * `touchpoint` is the log and the truth. `site`, `access_key`, `model` and `decision_*` hold what operators decided.
 * Everything below the line "projections" is computed from those and can be thrown away.
 */

export interface Migration {
  /** Date and what it does; never changed once released. */
  name: string;
  sql: string;
}

const LOG = `
create table meta (key text primary key, value text not null) strict, without rowid;

create table site (
  key integer primary key,
  id text not null unique,
  settings text not null,
  created_at integer not null
) strict;

create table kind (key integer primary key, name text not null unique) strict;

-- One row per browser (or server-side customer); last_seq heads the chain of its touchpoints.
create table visitor (
  key integer primary key,
  site integer not null,
  id text not null,
  last_seq integer not null default 0,
  -- Projection: the visitor that stands for the person this visitor belongs to.
  person integer not null,
  unique (site, id)
) strict;
create index visitor_by_person on visitor (person) where person <> key;

-- The log. id is time-ordered, so its unique index only grows at the end. prev chains a visitor's rows backwards,
-- which costs four bytes where an index by visitor would dirty a random page per touchpoint.
create table touchpoint (
  seq integer primary key,
  id blob not null,
  site integer not null,
  visitor integer not null,
  prev integer not null,
  at integer not null,
  received_at integer not null,
  kind integer not null,
  traffic integer not null,
  marks integer not null,
  body text not null
) strict;
create unique index touchpoint_by_id on touchpoint (id, site);

-- Ids that are no UUIDv7 are unique by their hash, here, so that they cannot scatter the index of the log.
create table foreign_id (hash blob not null, site integer not null, primary key (hash, site)) strict, without rowid;

-- Who asked to be forgotten: hashes of visitor ids, so that a late beacon cannot bring them back.
create table forgotten (site integer not null, visitor blob not null, at integer not null,
  primary key (site, visitor)) strict, without rowid;

-- What a person's removed touchpoints add up to: folding again begins here. No projection: it cannot be computed again.
create table seal (
  person integer primary key,
  site integer not null,
  sealed_to integer not null,
  state text not null
) strict;

-- What was refused, for seven days at most, in a ring of bounded size.
create table refused (
  key integer primary key,
  at integer not null,
  site text,
  code text not null,
  path text,
  body text not null
) strict;

-- What other systems sent, raw, until it is mapped and some days after. state: waiting, mapped, ignored, unreadable,
-- refused. detail: reason or path. fetched: answers that mapping asked for. No row is ever needed again for answers.
create table inbox (
  key integer primary key,
  connector text not null,
  received_at integer not null,
  headers text not null,
  body blob not null,
  state text not null,
  detail text,
  touchpoints text not null default '[]',
  fetched text not null default '{}',
  tries integer not null default 0,
  not_before integer not null default 0
) strict;
create index inbox_by_state on inbox (state, key);
create index inbox_by_age on inbox (connector, received_at);
-- Whom a row spoke of, so that forgetting them finds it.
create table inbox_visitor (visitor text not null, inbox integer not null, primary key (visitor, inbox)) strict, without rowid;
create index inbox_visitor_by_row on inbox_visitor (inbox);
create table inbox_cursor (
  connector text not null,
  stream text not null,
  cursor text not null,
  primary key (connector, stream)
) strict, without rowid;
`;

const ACCESS = `
create table access_key (
  key integer primary key,
  id text not null unique,
  name text not null,
  hash blob not null unique,
  scope text not null,
  sites text not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer
) strict;

create table session (
  hash blob primary key,
  principal text not null,
  created_at integer not null,
  used_at integer not null,
  expires_at integer not null
) strict, without rowid;

create table cost (
  key integer primary key,
  site integer not null,
  day text not null,
  -- Empty where the sender named none: null would be different from itself, and the unique index would let rows in twice.
  channel text not null,
  source text not null,
  medium text not null,
  campaign text not null,
  amount integer not null,
  currency text not null,
  -- Which file or account it came from: two ad accounts may spend on one campaign's name on one day.
  origin text not null,
  unique (site, day, channel, source, medium, campaign, currency, origin)
) strict;

create table segment (
  site integer not null,
  name text not null,
  rule text not null,
  created_at integer not null,
  primary key (site, name)
) strict, without rowid;

create table target (
  site integer not null,
  figure text not null,
  period text not null,
  goal real not null,
  primary key (site, figure, period)
) strict, without rowid;

-- Where messages go. events: kinds of messages, [] for all. secrets: the one that signs first, then the one it replaces.
create table webhook (
  key integer primary key,
  id text not null unique,
  site integer not null,
  url text not null,
  events text not null,
  secrets text not null,
  -- on; off: by the operator, or because the receiver said it is gone. reason says which.
  state text not null,
  reason text,
  created_at integer not null,
  last_at integer,
  last_result text
) strict;

-- Messages on their way out, written with the change they tell of. state: waiting, delivered, failed, withdrawn.
create table outbox (
  key integer primary key,
  id text not null,
  webhook integer not null,
  site integer not null,
  person integer not null,
  kind text not null,
  at integer not null,
  body text not null,
  state text not null,
  attempts integer not null default 0,
  next_at integer not null,
  result text,
  settled_at integer,
  unique (webhook, id)
) strict;
create index outbox_waiting on outbox (webhook, next_at) where state = 'waiting';
create index outbox_settled on outbox (settled_at) where settled_at is not null;
create index outbox_by_person on outbox (person, webhook, key);

-- A model as the operator applied it; versions are never edited. state: building, active, retired.
create table model (
  key integer primary key,
  site integer not null,
  id text not null,
  version integer not null,
  source text not null,
  calibration text not null,
  state text not null,
  built_to integer not null default 0,
  applied_at integer not null,
  unique (site, id, version)
) strict;

-- An operator's word against the rules: visitors that are not to be joined with a claim.
create table decision_unlink (
  site integer not null,
  visitor text not null,
  claim text not null,
  at integer not null,
  primary key (site, visitor, claim)
) strict, without rowid;
`;

const PROJECTIONS = `
-- projections ------------------------------------------------------------------------------------------------------

create table person (
  key integer primary key,
  site integer not null,
  first_at integer not null,
  last_at integer not null,
  first_source integer not null,
  last_source integer not null,
  orders integer not null,
  customer text,
  -- The last row of the log that is in here; later ones may be folded already and wait to be written.
  folded_seq integer not null,
  state text not null
) strict;
-- first_source beside it: choosing people by where they came from reads this and not the table.
create index person_by_first on person (site, first_at, first_source);

-- Names that belong to a person: customer:…, email:…, alias:…. The first claim wins; later ones are listed in conflict.
create table claim (
  site integer not null,
  name text not null,
  person integer not null,
  visitor integer not null,
  seq integer not null,
  primary key (site, name)
) strict, without rowid;
create index claim_by_person on claim (person);
create table claim_conflict (
  site integer not null,
  visitor integer not null,
  name text not null,
  seq integer not null,
  at integer not null,
  primary key (site, visitor, name)
) strict, without rowid;

-- Every distinct decision of the classifier; hash is over all its columns.
create table source (
  key integer primary key,
  site integer not null,
  hash blob not null,
  source text not null,
  medium text not null,
  channel text not null,
  campaign text,
  term text,
  content text,
  rule text not null,
  detail text not null,
  unique (site, hash)
) strict;
create table page (key integer primary key, site integer not null, path text not null, unique (site, path)) strict;

-- A touch: a visit's beginning with its source, or another non-direct source in mid-visit.
create table touch (
  person integer not null,
  at integer not null,
  seq integer not null,
  site integer not null,
  source integer not null,
  page integer not null,
  opens_visit integer not null,
  primary key (person, at, seq)
) strict, without rowid;
create index touch_by_time on touch (site, at, source, person, page, opens_visit);

-- What a person did on a day of the site's zone, by kind.
create table activity (
  site integer not null,
  kind integer not null,
  day integer not null,
  person integer not null,
  n integer not null,
  first_at integer not null,
  primary key (site, kind, day, person)
) strict, without rowid;

create table purchase (
  person integer not null,
  number text not null,
  site integer not null,
  at integer not null,
  value integer not null,
  currency text not null,
  refunded integer not null,
  -- When the order stopped counting (cancelled, or refunded to its value); null while it counts.
  void_at integer,
  -- 1 for the person's first order that counts; 0 when this one does not.
  nth integer not null,
  primary key (person, number)
) strict, without rowid;
create index purchase_by_time on purchase (site, at, person);

-- Changes of carts (amount in minor units, unit is the currency) and answers to surveys (the score, unit is the survey).
create table moment (
  person integer not null,
  at integer not null,
  seq integer not null,
  site integer not null,
  kind integer not null,
  amount integer,
  unit text,
  primary key (person, at, seq)
) strict, without rowid;
create index moment_by_time on moment (site, kind, at);

-- Stage changes. Two time axes: at (when it was so) and recorded_at .. superseded_at (when we said so).
create table transition (
  key integer primary key,
  site integer not null,
  model integer not null,
  person integer not null,
  at integer not null,
  from_stage integer,
  to_stage integer not null,
  cause integer not null,
  touchpoint text,
  rule integer not null,
  entry integer not null,
  recorded_at integer not null,
  superseded_at integer
) strict;
-- Holds all that flow, series and steps ask, so that they never visit the table.
create index transition_by_time on transition (model, at, to_stage, from_stage, person, entry, superseded_at)
  where superseded_at is null;
create index transition_by_person on transition (person, model, at);

create table person_stage (
  model integer not null,
  person integer not null,
  stage integer not null,
  since integer not null,
  entry integer not null,
  due integer,
  primary key (model, person)
) strict, without rowid;
create index person_stage_due on person_stage (due) where due is not null;

-- Net change of people per stage and first source, by day and by month of the site's zone, and in total (bucket 0).
create table stage_delta (
  model integer not null,
  bucket integer not null,
  stage integer not null,
  source integer not null,
  n integer not null,
  primary key (model, bucket, stage, source)
) strict, without rowid;
`;

const ORDER_NEWS = `
-- What shops say of an order after its first version, which is the one the log keeps: the newest version that counts
-- with its value, the least value ever said, the newest cancellation. Maxima and minima only, so that the sequence of
-- arrival does not matter. No projection: the messages it comes from are not kept for ever.
create table order_news (
  site integer not null,
  number text not null,
  visitor text not null,
  version_at integer,
  value integer,
  currency text,
  least integer,
  cancelled_at integer,
  primary key (site, number)
) strict, without rowid;
-- Few orders change: those that may have are found without a look at the others.
create index order_news_odd on order_news (site, number) where value > least or version_at > cancelled_at;
create index claim_conflict_by_name on claim_conflict (site, name);
`;

const TARGETS = `
-- A webhook is a target of system 'webhook'; the others come from the table of connectors and have their name as id.
alter table webhook add column system text not null default 'webhook';
-- Of such a target: what becomes of each kind of message, JSON.
alter table webhook add column actions text not null default '{}';
-- Further states of a message: superseded (a newer one says more), unaddressable (nobody there is known to be the person).
-- steps: JSON of what was answered so far, so that a restart goes on where it was.
alter table outbox add column steps text not null default '{}';
create index outbox_unaddressable on outbox (person) where state = 'unaddressable';

-- What a look-up found out: under what was asked (never an address itself), the id there; null: nobody.
create table reference (
  target integer not null,
  person integer not null,
  asked text not null,
  id text,
  at integer not null,
  primary key (target, person, asked)
) strict, without rowid;
create index reference_by_person on reference (person);
-- The newest message whose property was written to a person's contact.
create table written_property (target integer not null, person integer not null, message integer not null,
  primary key (target, person)) strict, without rowid;
create index written_property_by_person on written_property (person);
-- Addresses, only where the operator lets them be kept; sealed with a key that is not in this file.
create table kept_address (site integer not null, claim text not null, sealed blob not null, at integer not null,
  primary key (site, claim)) strict, without rowid;
`;

const STAYS = `
-- Holds what stays and passages ask of a person's next or last stage, so that they never visit the table.
drop index transition_by_person;
create index transition_by_person on transition (person, model, at, to_stage, superseded_at);
`;

const ORDERS = `
-- Holds all that is asked of orders by time, in the sequence in which it is asked.
drop index purchase_by_time;
create index purchase_by_time on purchase (site, at, number, person, value, currency, refunded, void_at, nth);
`;

export const MIGRATIONS: readonly Migration[] = [
  { name: "2026-11-22 log, access and projections", sql: LOG + ACCESS + PROJECTIONS },
  { name: "2026-11-22 what shops said of orders since", sql: ORDER_NEWS },
  { name: "2026-11-22 targets of messages", sql: TARGETS },
  { name: "2026-11-22 stays and passages from an index alone", sql: STAYS },
  { name: "2026-11-22 orders from an index alone", sql: ORDERS },
];

/** Tables that `replay` empties; `visitor.person` is reset with them. */
export const PROJECTION_TABLES = [
  "person",
  "claim",
  "claim_conflict",
  "source",
  "page",
  "touch",
  "activity",
  "purchase",
  "moment",
  "transition",
  "person_stage",
  "stage_delta",
] as const;
