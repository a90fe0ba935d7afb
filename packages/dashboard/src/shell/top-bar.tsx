/**
 * The bar at the top: site, pages, people on the site now, help and theme. On small screens the pages are at the foot.
 */
import { useReducer } from "preact/hooks";
import { addressOf, choose, PAGES } from "../address.ts";
import { useHere } from "../context.ts";
import { useLive } from "../live.ts";
import { say } from "../words.ts";
import { switchTheme, themeNow } from "./choices.ts";
import { showKeys } from "./keys.tsx";
import { Link } from "./link.tsx";

export function TopBar() {
  const { address, formats, range, site } = useHere();
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  return (
    <header class="top">
      <div class="wrap">
        <Link to={addressOf("overview")} class="brand" label={say("home")}>
          <Logo />
          <span>Sojourn</span>
        </Link>
        <SiteChoice />
        <nav class="tabs" aria-label={say("reports")}>
          {PAGES.map((page) => (
            <Link key={page} to={addressOf(page)} current={address.page === page}>
              {say(page)}
            </Link>
          ))}
        </nav>
        <span class="paper push num">
          {formats.dayLong(range.from)} – {formats.dayLong(range.to)}, {site.zone}
        </span>
        <LiveCount />
        <button
          type="button"
          class="icon hide-s"
          aria-label={say("keyboard")}
          data-tip={say("keyboard")}
          onClick={showKeys}
        >
          <kbd>?</kbd>
        </button>
        <button
          type="button"
          class="icon"
          aria-label={say(themeNow() === "dark" ? "themeToLight" : "themeToDark")}
          onClick={() => {
            switchTheme();
            redraw(0);
          }}
        >
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
          </svg>
        </button>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <path
        d="M3 17.5C6.5 17.5 6.2 11 11 11s4.500-6.500 8-6.500"
        fill="none"
        stroke="var(--p3)"
        stroke-width="2.600"
        stroke-linecap="round"
      />
      <circle cx="3.600" cy="17.500" r="2.100" fill="var(--p1)" />
      <circle cx="18.400" cy="4.500" r="2.100" fill="var(--p4)" />
    </svg>
  );
}

function SiteChoice() {
  const { sites, site } = useHere();
  if (sites.sites.length < 2) return <span class="site one">{site.name || site.id}</span>;
  return (
    <span class="site">
      <select
        aria-label={say("chooseSite")}
        value={site.id}
        onChange={(event) => choose({ site: event.currentTarget.value, model: undefined })}
      >
        {sites.sites.map(({ id, name }) => (
          <option key={id} value={id}>
            {name || id}
          </option>
        ))}
      </select>
    </span>
  );
}

function LiveCount() {
  const { site } = useHere();
  const live = useLive(site.id);
  return (
    <span class="live push">
      <span class={live === undefined ? "dot off" : "dot"} />
      <span>
        <b class="num" data-live>
          {live?.onSite ?? "–"}
        </b>{" "}
        <span class="hide-s">{say("onSite")} </span>
        {say("now")}
      </span>
    </span>
  );
}

export function SmallNav() {
  const { address } = useHere();
  return (
    <nav class="bnav" aria-label={say("reportsSmall")}>
      {PAGES.map((page) => (
        <Link key={page} to={addressOf(page)} current={address.page === page}>
          {say(page)}
        </Link>
      ))}
    </nav>
  );
}
