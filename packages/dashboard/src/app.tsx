/**
 * The page as a whole: who may see it, which site it is about, and which of its pages is shown.
 */
import type { ComponentType } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import { type Address, currentAddress, onAddress, type PageName } from "./address.ts";
import { refreshOld, useAnswer } from "./answer.ts";
import { askAsShare, isNotSignedIn, isShared, SITES_QUERY } from "./api.ts";
import type { Site, Sites, Stages } from "./api-shapes.ts";
import { type Here, HereContext, modelOf } from "./context.ts";
import { formatsFor } from "./format.ts";
import { Overview } from "./overview/overview.tsx";
import { comparisonOf, rangeOf, todayIn } from "./period.ts";
import { FilterBar } from "./shell/filter-bar.tsx";
import { Guarded } from "./shell/guarded.tsx";
import { Keys } from "./shell/keys.tsx";
import { CutOff, LoadError, NoSite, SharePassword, SignIn } from "./shell/states.tsx";
import { Tip } from "./shell/tip.tsx";
import { Toast } from "./shell/toast.tsx";
import { SmallNav, TopBar } from "./shell/top-bar.tsx";
import { stageColours } from "./stage-colours.ts";
import { languageNow, say } from "./words.ts";

/** Pages besides the overview arrive when they are first opened. */
const LATER: Partial<Record<PageName, () => Promise<{ default: ComponentType }>>> = {
  people: () => import("./people/people-page.tsx"),
  journeys: () => import("./journeys/journeys-page.tsx"),
  segments: () => import("./segments/segments-page.tsx"),
  settings: () => import("./settings/settings-page.tsx"),
};
const loaded = new Map<PageName, ComponentType>([["overview", Overview]]);
const REFRESH_MS = 30_000;

export function App() {
  const [address, setAddress] = useState<Address>(currentAddress);
  useEffect(() => onAddress(() => setAddress(currentAddress())), []);
  useEffect(() => {
    const timer = setInterval(refreshOld, REFRESH_MS);
    document.addEventListener("visibilitychange", refreshOld);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refreshOld);
    };
  }, []);

  askAsShare(address.params.share);
  const sites = useAnswer<Sites>("/sites", SITES_QUERY);
  const site = sites.data?.sites.find(({ id }) => id === address.params.site) ?? sites.data?.sites[0];

  // Whoever is signed out meanwhile sees nothing any more.
  if (sites.problem !== undefined && isNotSignedIn(sites.problem)) {
    if (sites.problem.code === "password_needed") return <SharePassword onOpen={sites.retry} />;
    return <SignIn isShare={isShared()} />;
  }
  if (sites.problem !== undefined && sites.data === undefined) {
    return (
      <main id="main" class="wrap">
        <LoadError problem={sites.problem} retry={sites.retry} />
      </main>
    );
  }
  if (sites.data !== undefined && site === undefined) return <NoSite />;
  return (
    <WithSite
      address={address}
      sites={sites.data ?? NOTHING_YET}
      site={site ?? PLACEHOLDER}
      isCutOff={sites.problem !== undefined}
    />
  );
}

/** While the first answer is on the way the frames are drawn already, for a site without a name. */
const PLACEHOLDER: Site = {
  id: "",
  name: "",
  zone: "UTC",
  currency: "EUR",
  origins: [],
  model: "",
  isStale: false,
  reclassified: null,
  settings: {
    hosts: [],
    rates: {},
    maxAgeDays: 31,
    countsRobots: false,
    countsSpam: false,
    countsOwn: false,
    profile: "default",
    rules: [],
    ordersLinked: [],
  },
  models: [],
};
const NOTHING_YET: Sites = { sites: [], log: null };

function WithSite(props: { address: Address; sites: Sites; site: Site; isCutOff: boolean }) {
  const { address, sites, site, isCutOff } = props;
  const { params } = address;
  const { zone, currency } = site;
  const language = languageNow();
  const stages = useAnswer<Stages>(site.id === "" ? undefined : "/stages", {
    site: site.id,
    model: modelOf(site, params.model),
  }).data;
  const formats = useMemo(() => formatsFor(language, currency, zone), [language, currency, zone]);

  const today = todayIn(zone, Date.now());
  const here: Here = useMemo(() => {
    const names = new Map(stages?.stages.map(({ stage, labels }) => [stage, labels[language] ?? stage]));
    const colours = stageColours(stages?.stages ?? []);
    return {
      address,
      params,
      site,
      sites,
      stages,
      stageName: (stage) => names.get(stage) ?? stage,
      stageColour: (stage) => colours.get(stage) ?? "var(--ink3)",
      range: rangeOf(params, today),
      compare: comparisonOf(params),
      credit: params.credit ?? "last-non-direct",
      today,
      formats,
      isReadOnly: isShared(),
    };
  }, [address, params, site, sites, stages, formats, today, language]);

  useEffect(() => {
    document.title = `${site.name || site.id}, ${say(address.page)} · Sojourn`;
  }, [site, address.page]);

  return (
    <HereContext.Provider value={here}>
      <a class="skip" href="#main">
        {say("skip")}
      </a>
      <TopBar />
      {(address.page === "overview" || address.page === "journeys") && <FilterBar />}
      <main id="main" class="wrap" tabIndex={-1}>
        {isCutOff && <CutOff />}
        <Guarded key={address.page}>
          <Page name={address.page} />
        </Guarded>
      </main>
      <SmallNav />
      <Keys />
      <Tip />
      <Toast />
    </HereContext.Provider>
  );
}

function Page({ name }: { name: PageName }) {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [failed, setFailed] = useState<unknown>(undefined);
  const Body = loaded.get(name);
  useEffect(() => {
    if (Body !== undefined) return;
    LATER[name]?.().then(
      (module) => {
        loaded.set(name, module.default);
        redraw(0);
      },
      (error: unknown) => setFailed(error),
    );
  }, [name, Body]);
  if (failed !== undefined) {
    const problem = { status: 0, code: "page_not_loaded", title: String(failed) };
    return <LoadError problem={problem} retry={() => location.reload()} />;
  }
  return Body === undefined ? <p class="lead" aria-busy="true" /> : <Body />;
}
