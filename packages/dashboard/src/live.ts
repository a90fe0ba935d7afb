/**
 * The live counter: one stream of server-sent events, read with fetch so that a share link's key can go along; while no
 * stream can be had, the same question asked now and then.
 */
import { useEffect, useState } from "preact/hooks";
import { apiUrl, headersFor } from "./api.ts";
import type { Live } from "./api-shapes.ts";
import { snapshot } from "./snapshot.ts";

const RETRY_MS = 15_000;
const AGAIN_MS = 500;

/** People on the site now; undefined until the first news, and after the stream was lost. */
export function useLive(site: string): Live | undefined {
  const [live, setLive] = useState<Live | undefined>(undefined);
  useEffect(() => {
    if (site === "") return;
    const stop = new AbortController();
    follow(site, setLive, stop.signal);
    return () => stop.abort();
  }, [site]);
  return live;
}

async function follow(
  site: string,
  tell: (live: Live | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  if (snapshot() !== undefined) return;
  const url = apiUrl("/live", { site });
  while (!signal.aborted) {
    let wait = RETRY_MS;
    try {
      // A stream that ended is opened again at once; when nobody is there any more, that says so.
      if (document.visibilityState === "visible" && (await readStream(url, tell, signal))) wait = AGAIN_MS;
    } catch {
      tell(undefined); // Said by the grey dot; tried again below.
    }
    await pause(wait, signal);
  }
}

/** True when there was a stream and it ended; false when the answer was a single one. */
async function readStream(url: string, tell: (live: Live) => void, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, {
    headers: headersFor({ accept: "text/event-stream" }),
    credentials: "same-origin",
    signal,
  });
  if (!response.ok || response.body === null) throw new Error(`live: ${response.status}`);
  if (!(response.headers.get("content-type") ?? "").includes("event-stream")) {
    tell((await response.json()) as Live);
    return false;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return true;
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const data = /^data: ?(.*)$/m.exec(rest.slice(0, end))?.[1];
      rest = rest.slice(end + 2);
      if (data !== undefined) tell(JSON.parse(data) as Live);
    }
  }
}

/** Waits, or until the page is shown or hidden: whoever comes back to the tab sees the counter at once. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    document.addEventListener("visibilitychange", end);
    signal.addEventListener("abort", end);
  });
