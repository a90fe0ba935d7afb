/**
 * Recognises whose export a table of costs is, by the names in its header.
 */
import {
  COST_FIELDS,
  type CostField,
  type CostLayout,
  type CostLayoutName,
  GOOGLE_ADS,
  META_ADS,
  META_AMOUNT,
  MICROSOFT_ADS,
  OWN_TABLE,
  PLATFORM_MARKS,
} from "./cost-columns.data.ts";

export type CostColumns = Partial<Record<CostField, number>>;

export interface RecognisedHeader {
  layout: CostLayout;
  columns: CostColumns;
  /** From the header's own text. */
  currency?: string;
}

/**
 * What a header row says about its table; undefined when it is none: a table of costs has an amount, and a day or something to
 * book it on. A column for source or channel makes it the operator's own table, whatever else it has.
 */
export function recogniseHeader(
  cells: readonly string[],
  only?: CostLayoutName,
): RecognisedHeader | undefined {
  const plain = cells.map((cell) => cell.trim().toLowerCase());
  const find = (names: readonly string[]) => plain.findIndex((cell) => names.includes(cell));
  const columnsOf = (layout: CostLayout): CostColumns => {
    const columns: CostColumns = {};
    for (const field of COST_FIELDS) {
      const place = find(layout.columns[field]);
      if (place >= 0) columns[field] = place;
    }
    return columns;
  };
  const isHeader = (columns: CostColumns): boolean =>
    columns.amount !== undefined &&
    [columns.campaign, columns.source, columns.channel, columns.day].some((place) => place !== undefined);
  const allows = (name: CostLayoutName) => only === undefined || only === name;

  const own = columnsOf(OWN_TABLE);
  const isOwn = own.source !== undefined || own.channel !== undefined;
  const metaAmount = plain.findIndex((cell) => META_AMOUNT.test(cell));
  if (metaAmount >= 0 && allows("meta-ads") && (!isOwn || only === "meta-ads")) {
    const columns = { ...columnsOf(META_ADS), amount: metaAmount };
    const currency = META_AMOUNT.exec(plain[metaAmount]!)![1]!.toUpperCase();
    if (isHeader(columns)) return { layout: META_ADS, columns, currency };
  }
  const isPlatforms = !isOwn && plain.some((cell) => PLATFORM_MARKS.has(cell));
  for (const layout of [GOOGLE_ADS, MICROSOFT_ADS]) {
    const columns = columnsOf(layout);
    const fits = only === layout.name || (only === undefined && isPlatforms);
    if (fits && columns.campaign !== undefined && isHeader(columns)) return { layout, columns };
  }
  return allows("table") && isHeader(own) ? { layout: OWN_TABLE, columns: own } : undefined;
}
