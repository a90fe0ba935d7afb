/**
 * Calls that must not compile, each with the reason. Checked by `tsc`: a call that compiles after all is an error there.
 */
import { start } from "../../src/index.ts";

const sojourn = start({ site: "shop", endpoint: "https://stats.shop.example" });

// Calls that must compile, so that the refusals below mean something.
sojourn.track("page_view");
sojourn.track("newsletter_signup", { list: "weekly" });
sojourn.track("add_to_cart", {
  items: [{ id: "K1", price: "39.90", quantity: 1 }],
  value: 39.9,
  currency: "EUR",
});
sojourn.track("purchase", { order: "A-1001", value: "59.90", currency: "EUR", coupon: "MAY" });
sojourn.track("survey_response", { survey: "nps", score: 9 });
sojourn.track("brewed_tea", { props: { minutes: 3, kind: "oolong", hot: true } });
sojourn.purchase({ order: "A-1001" });
sojourn.identify("c-1", { email: "ada@example.com", traits: { plan: "pro" }, aliases: ["cart:7"] });
sojourn.identify(undefined, { email: "ada@example.com" });
sojourn.consent("pending");

// @ts-expect-error a site is required: the collector would not know where to count
start({ endpoint: "https://stats.shop.example" });
// @ts-expect-error an endpoint is required: an npm bundle has no script address to take it from
start({ site: "shop" });
// @ts-expect-error consent has three states, and "yes" is none of them
start({ site: "shop", endpoint: "https://stats.shop.example", consent: "yes" });
// @ts-expect-error a purchase without its order number cannot be counted once
sojourn.track("purchase", { value: 59.9, currency: "EUR" });
// @ts-expect-error a purchase without any fields has no order number either
sojourn.track("purchase");
// @ts-expect-error the same for the verb
sojourn.purchase({ value: 59.9 });
// @ts-expect-error the field is called `order`, not GA4's `transaction_id`
sojourn.purchase({ order: "A-1", transaction_id: "A-1" });
// @ts-expect-error a newsletter has no value
sojourn.track("newsletter_signup", { value: 5 });
// @ts-expect-error ratings go from 1 to 5
sojourn.track("review", { rating: 6 });
// @ts-expect-error a review without a rating says nothing
sojourn.track("review");
// @ts-expect-error a survey needs its score
sojourn.track("survey_response", { survey: "nps" });
// @ts-expect-error there are two surveys, and this is none of them
sojourn.track("survey_response", { survey: "ces", score: 3 });
// @ts-expect-error a refund names the order it gives back
sojourn.track("refund", { value: 10 });
// @ts-expect-error items have fields of ours, not GA4's `item_id`
sojourn.track("add_to_cart", { items: [{ item_id: "K1" }] });
// @ts-expect-error a quantity is a number
sojourn.track("add_to_cart", { items: [{ id: "K1", quantity: "2" }] });
// @ts-expect-error money is a number or text, not an object
sojourn.track("add_to_cart", { value: { amount: 5 } });
// @ts-expect-error custom kinds are lower case
sojourn.track("BrewedTea");
// @ts-expect-error a custom kind carries props only
sojourn.track("brewed_tea", { value: 3 });
// @ts-expect-error props are flat
sojourn.track("brewed_tea", { props: { pot: { size: 1 } } });
// @ts-expect-error a customer id is text: 007 and 7 are different people
sojourn.identify(7);
// @ts-expect-error aliases are a list
sojourn.identify("c-1", { aliases: "cart:7" });
// @ts-expect-error consent has three states
sojourn.consent(true);
// @ts-expect-error there is no such call
sojourn.trackPurchase({ order: "A-1" });
