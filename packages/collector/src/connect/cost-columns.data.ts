/**
 * How advertising platforms name the columns of their exports, as data.
 *
 * Names are as the platforms' own pages write them in English, German, French, Spanish, Italian, Dutch, Danish and Swedish; case
 * is ignored. A table of one's own needs no platform: its columns are called day, channel, source, medium, campaign, amount.
 */

export const COST_LAYOUTS = ["google-ads", "meta-ads", "microsoft-ads", "table"] as const;
export type CostLayoutName = (typeof COST_LAYOUTS)[number];

/** What a column may hold. `start` and `end`: a row that stands for several days. */
export const COST_FIELDS = [
  "day",
  "start",
  "end",
  "channel",
  "source",
  "medium",
  "campaign",
  "amount",
  "currency",
  "account",
] as const;
export type CostField = (typeof COST_FIELDS)[number];

export interface CostLayout {
  name: CostLayoutName;
  /** What every row of the platform's own export is. */
  source: string;
  medium: string;
  columns: Readonly<Record<CostField, readonly string[]>>;
}

const DAY = [
  "day",
  "date",
  "tag",
  "datum",
  "jour",
  "día",
  "dia",
  "giorno",
  "data",
  "dag",
  "dato",
  "gregorian date",
  "gregorianisches datum",
  "fecha",
  "time period",
  "zeitraum",
];
const CAMPAIGN = [
  "campaign",
  "campaign name",
  "kampagne",
  "kampagnenname",
  "name der kampagne",
  "campagne",
  "nom de la campagne",
  "campaña",
  "nombre de la campaña",
  "campagna",
  "nome della campagna",
  "nome campagna",
  "campagnenaam",
  "naam van de campagne",
  "kampagnenavn",
  "kampanj",
  "kampanjnamn",
];
const CURRENCY = [
  "currency",
  "currency code",
  "currencycode",
  "währung",
  "währungscode",
  "devise",
  "code devise",
  "code de devise",
  "code de la devise",
  "moneda",
  "código de moneda",
  "código de divisa",
  "valuta",
  "codice valuta",
  "valutacode",
  "valutakode",
  "valutakod",
];
const ACCOUNT = [
  "account",
  "account name",
  "customer id",
  "account id",
  "account number",
  "konto",
  "kontoname",
  "kundennummer",
  "kontonummer",
  "konto-id",
  "name des werbekontos",
  "werbekonto",
  "nom du compte",
  "nombre de la cuenta",
  "nome account",
  "accountnaam",
  "kontonavn",
  "kontonamn",
];
const NONE: readonly string[] = [];

export const GOOGLE_ADS: CostLayout = {
  name: "google-ads",
  source: "google",
  medium: "cpc",
  columns: {
    day: DAY,
    start: NONE,
    end: NONE,
    channel: NONE,
    source: NONE,
    medium: NONE,
    campaign: CAMPAIGN,
    amount: ["cost", "kosten", "coût", "coste", "costo", "costi", "omkostninger", "pris", "kostnad", "custo"],
    currency: CURRENCY,
    account: ACCOUNT,
  },
};

export const MICROSOFT_ADS: CostLayout = {
  name: "microsoft-ads",
  source: "bing",
  medium: "cpc",
  columns: {
    ...GOOGLE_ADS.columns,
    amount: [
      "spend",
      "ausgaben",
      "dépenses",
      "dépense",
      "gasto",
      "inversión",
      "spesa",
      "uitgaven",
      "bestede bedragen",
      "forbrug",
      "utgifter",
    ],
  },
};

export const META_ADS: CostLayout = {
  name: "meta-ads",
  source: "facebook",
  medium: "paid_social",
  columns: {
    ...GOOGLE_ADS.columns,
    start: [
      "reporting starts",
      "berichtsbeginn",
      "berichtsstart",
      "auswertungsbeginn",
      "début des rapports",
      "début du rapport",
      "inicio del informe",
      "inizio report",
      "inizio dei report",
      "begin van rapportage",
      "rapportering starter",
      "rapportering startar",
    ],
    end: [
      "reporting ends",
      "berichtsende",
      "auswertungsende",
      "fin des rapports",
      "fin du rapport",
      "fin del informe",
      "fine report",
      "fine dei report",
      "einde van rapportage",
      "rapportering slutter",
      "rapportering slutar",
    ],
    // The currency stands in the name: see META_AMOUNT.
    amount: NONE,
  },
};

/** Meta names the currency in the header: `Amount spent (EUR)`. */
export const META_AMOUNT =
  /^(?:amount spent|ausgegebener betrag|montant dépensé|importe gastado|importo speso|besteed bedrag|brugt beløb|beløb brugt|spenderat belopp)\s*\(([a-z]{3})\)$/i;

/** A table of the operator's own. */
export const OWN_TABLE: CostLayout = {
  name: "table",
  source: "",
  medium: "",
  columns: {
    day: DAY,
    start: ["start", "from", "von"],
    end: ["end", "to", "bis"],
    channel: ["channel", "kanal", "canal", "canale", "kanaal"],
    source: ["source", "utm_source", "quelle", "fuente", "fonte", "bron", "kilde", "källa"],
    medium: ["medium", "utm_medium", "support", "medio", "mezzo"],
    campaign: [...CAMPAIGN, "utm_campaign"],
    amount: [
      "amount",
      "betrag",
      "montant",
      "importe",
      "importo",
      "bedrag",
      "beløb",
      "belopp",
      ...GOOGLE_ADS.columns.amount,
      ...MICROSOFT_ADS.columns.amount,
    ],
    currency: CURRENCY,
    account: ["origin", ...ACCOUNT],
  },
};

/** Columns that only a platform's own export has beside campaign and cost. */
export const PLATFORM_MARKS = new Set([
  ...[
    "currency code",
    "currencycode",
    "währungscode",
    "code de la devise",
    "code devise",
    "código de moneda",
    "codice valuta",
    "valutacode",
    "valutakode",
    "valutakod",
  ],
  ...[
    "campaign id",
    "kampagnen-id",
    "campaign status",
    "campaign state",
    "kampagnenstatus",
    "campaign type",
    "kampagnentyp",
    "budget",
  ],
  ...[
    "impr.",
    "impressions",
    "impressionen",
    "clicks",
    "klicks",
    "avg. cpc",
    "durchschn. cpc",
    "interactions",
    "interaktionen",
    "ctr",
    "conversions",
  ],
  ...[
    "account number",
    "account name",
    "kontonummer",
    "kontoname",
    "gregorian date",
    "gregorianisches datum",
  ],
]);
