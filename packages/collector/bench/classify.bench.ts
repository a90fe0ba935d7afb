/**
 * Measures classification: microseconds per page view on one core, over a mix of visits like a shop's.
 *
 * Run: node --conditions=@sojourn/source packages/collector/bench/classify.bench.ts
 */
import { classify, type PageVisit } from "../src/domain/source/classify.ts";

const SITE = "https://www.kettle-and-cup.example";
const VISITS: readonly PageVisit[] = [
  { url: `${SITE}/`, referrer: "https://www.google.com/" },
  { url: `${SITE}/tea/cups`, referrer: `${SITE}/tea` },
  { url: `${SITE}/cart`, referrer: `${SITE}/tea/cups` },
  { url: `${SITE}/`, referrer: "" },
  {
    url: `${SITE}/?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=mug&gclid=Cj0KCQiA`,
    referrer: "https://www.google.com/",
  },
  {
    url: `${SITE}/sale?utm_source=facebook&utm_medium=paid-social&utm_campaign=may&fbclid=IwAR0`,
    referrer: "https://l.facebook.com/",
  },
  { url: `${SITE}/?utm_source=newsletter&utm_medium=email&utm_campaign=week-12`, referrer: null },
  { url: `${SITE}/thank-you`, referrer: "https://www.paypal.com/checkoutnow" },
  { url: `${SITE}/`, referrer: "https://blog.some-unknown-site.co.uk/best-mugs?page=2" },
  { url: `${SITE}/`, referrer: "android-app://com.google.android.googlequicksearchbox/" },
  { url: `${SITE}/`, referrer: "https://chatgpt.com/" },
  { url: `${SITE}/#/cart?utm_source=crm&utm_medium=sms`, referrer: "https://www.amazon.de/" },
];

const options = { siteHosts: ["kettle-and-cup.shop"] };
const rounds = Number(process.argv[2] ?? 20_000);
let sink = 0;
for (let i = 0; i < rounds / 4; i += 1)
  for (const visit of VISITS) sink += classify(visit, options).source.length;

const samples: number[] = [];
for (let sample = 0; sample < 5; sample += 1) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i += 1)
    for (const visit of VISITS) sink += classify(visit, options).source.length;
  samples.push(Number(process.hrtime.bigint() - start) / 1_000 / (rounds * VISITS.length));
}
samples.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    what: "classify",
    visits: rounds * VISITS.length * samples.length,
    medianMicroseconds: Number(samples[2]!.toFixed(2)),
    slowestMicroseconds: Number(samples[4]!.toFixed(2)),
    limitMicroseconds: 20,
    sink,
  }),
);
