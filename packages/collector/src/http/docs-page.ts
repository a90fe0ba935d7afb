/**
 * The description of the HTTP interface as a page: plain HTML made on the server, no script, its style in a file of its own.
 */
import { FIGURE_SHAPES } from "../report/figure-shapes.ts";
import { FIGURES } from "../report/kpis.ts";
import { type Parameter, parametersOf } from "./operation-parameters.ts";
import type { Operation } from "./operations.ts";

const TAGS: readonly Operation["tag"][] = [
  "Figures",
  "Stages",
  "People",
  "Sources",
  "Sending",
  "Administration",
  "Operating",
  "Other",
];

export function docsPage(operations: readonly Operation[], version: string): string {
  const parts = TAGS.map((tag) => ({ tag, calls: operations.filter((call) => call.tag === tag) })).filter(
    ({ calls }) => calls.length > 0,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sojourn HTTP interface</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<header>
<h1>Sojourn HTTP interface</h1>
<p>Version ${escaped(version)}. For programs: <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
</header>
<nav aria-label="Parts"><ul>${parts.map(({ tag }) => `<li><a href="#${tag}">${tag}</a></li>`).join("")}<li><a href="#figures-explained">What the figures mean</a></li></ul></nav>
<main>
<section>
<h2>In short</h2>
<p>Send <code>Authorization: Bearer &lt;key&gt;</code>; make one with <code>sojourn key add --scope read</code>. Dates are ISO 8601 in the site's zone, money is in minor units, what is not known is <code>null</code> with a reason. Lists come as JSON, as CSV (<code>Accept: text/csv</code> or <code>format=csv</code>) and as lines of JSON (<code>application/x-ndjson</code>).</p>
<pre>curl -H "Authorization: Bearer $KEY" "https://sojourn.example/api/v1/kpis?site=shop&amp;channel=Email&amp;channel.not=Direct"</pre>
</section>
${parts.map(({ tag, calls }) => `<section id="${tag}"><h2>${tag}</h2>${calls.map(callPart).join("\n")}</section>`).join("\n")}
<section id="figures-explained">
<h2>What the figures mean</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr><th>Figure</th><th>Unit</th><th>Meaning</th></tr></thead><tbody>${FIGURES.map(figureRow).join("")}</tbody></table></div>
</section>
</main>
</body>
</html>
`;
}

const figureRow = (id: (typeof FIGURES)[number]): string => {
  const { label, unit, means } = FIGURE_SHAPES[id];
  return `<tr><td><code>${id}</code><br>${escaped(label)}</td><td>${unit}</td><td>${escaped(means)}</td></tr>`;
};

function callPart(call: Operation): string {
  const id = `${call.method}${call.path}`.replace(/\W+/g, "-");
  const parameters = parametersOf(call).filter(({ name }) => !isFilterOfMany(call, name));
  const table =
    parameters.length === 0
      ? ""
      : `<div class="scroll" tabindex="0" role="region" aria-label="Parameters of ${escaped(call.path)}"><table><thead><tr><th>Parameter</th><th>Value</th><th>Meaning</th></tr></thead><tbody>${parameters.map(parameterRow).join("")}</tbody></table></div>`;
  const filters =
    call.isFiltered === true
      ? "<p>Takes filters: <code>channel</code>, <code>source</code>, <code>medium</code>, <code>campaign</code>, <code>landing</code>, <code>stage</code>, <code>segment</code>, each also with <code>.not</code>.</p>"
      : "";
  return `<article id="${id}"><h3><span class="method">${call.method.toUpperCase()}</span> <code>${escaped(call.path)}</code></h3>${call.summary === "" ? "" : `<p>${escaped(call.summary)}</p>`}${table}${filters}</article>`;
}

/** The filters are the same everywhere: one line says them. */
const isFilterOfMany = (call: Operation, name: string): boolean =>
  call.isFiltered === true && /^(channel|source|medium|campaign|landing|stage|segment)(\.not)?$/.test(name);

function parameterRow({ name, required, description, schema }: Parameter): string {
  const values = Array.isArray(schema.enum) ? schema.enum.join(", ") : String(schema.type ?? "text");
  return `<tr><td><code>${escaped(name)}</code>${required ? " (needed)" : ""}</td><td>${escaped(values)}</td><td>${escaped(description ?? "")}</td></tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

export const DOCS_STYLE = `:root { color-scheme: light dark; --ink: #1c1d21; --soft: #5c5f66; --paper: #faf8f4; --line: #dcd8d0; --panel: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e7ea; --soft: #a4a8b0; --paper: #12151b; --line: #2c313a; --panel: #1a1e26; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.55 Inter, system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { margin: 2.5rem 0 .8rem; font-size: 1.2rem; } h3 { font-size: 1rem; margin: 0 0 .3rem; }
a { color: inherit; text-underline-offset: 3px; } p { margin: .4rem 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: 1rem 0; padding: 0; }
nav a { display: inline-block; padding: .25rem 0; }
article { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; margin: .7rem 0; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .88em; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; white-space: pre-wrap; }
.method { display: inline-block; min-width: 4.2em; font-size: .8rem; font-weight: 700; letter-spacing: .04em; color: var(--soft); }
.scroll { overflow-x: auto; margin: .6rem 0 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; border-top: 0; }
@media print { article { break-inside: avoid; } }
`;
