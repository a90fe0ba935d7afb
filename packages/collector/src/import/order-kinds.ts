/**
 * What the rows of an order table tell: an order, a refund or a cancellation of one, or an order with the state it is in.
 */

/** What a row means. */
export type RowMeaning =
  /** Something happened: an order was placed, money went back, an order was called off. */
  | { kind: "order" | "refund" | "cancellation" }
  /** The row is an order, and this became of it. */
  | { kind: "order"; became: "refunded" | "cancelled" }
  /** Never paid, or not yet: no order. */
  | { kind: "nothing" }
  | { kind: "unknown" };

const WORDS: Readonly<Record<string, RowMeaning>> = Object.fromEntries(
  (
    [
      [
        { kind: "order" },
        "order purchase sale invoice transaction payment bestellung kauf rechnung ordre køb",
      ],
      [
        { kind: "order" },
        "paid completed complete processing fulfilled shipped delivered closed done success succeeded authorized",
      ],
      [
        { kind: "order" },
        "partially_refunded partially_paid partially_shipped open new bezahlt abgeschlossen versendet betalt afsluttet",
      ],
      [
        { kind: "refund" },
        "refund return credit credit_note creditmemo credit_memo chargeback erstattung gutschrift retoure refusion kreditnota",
      ],
      [{ kind: "cancellation" }, "cancel cancellation void storno stornierung annullering"],
      [{ kind: "order", became: "refunded" }, "refunded returned erstattet refunderet"],
      [{ kind: "order", became: "cancelled" }, "cancelled canceled voided storniert annulleret"],
      [
        { kind: "nothing" },
        "pending failed on-hold on_hold draft checkout-draft unpaid expired abandoned trash pending_payment payment_failed",
      ],
    ] as const
  ).flatMap(([meaning, words]) => words.split(" ").map((word) => [word, meaning])),
);

/**
 * The meaning of a row by the word in its kind or status column and its amount. A negative amount is money that went back.
 *
 * @param amount in minor units; undefined when the row has none
 */
export function meaningOf(word: string, amount: number | undefined): RowMeaning {
  const plain = word.trim().toLowerCase().replaceAll(" ", "_").replace(/^wc-/, "");
  const isBack = amount !== undefined && amount < 0;
  if (plain === "") return { kind: isBack ? "refund" : "order" };
  const meaning = Object.hasOwn(WORDS, plain) ? WORDS[plain]! : undefined;
  if (meaning === undefined) return { kind: "unknown" };
  if (isBack && meaning.kind === "order") {
    return { kind: "became" in meaning && meaning.became === "cancelled" ? "cancellation" : "refund" };
  }
  return meaning;
}
