/**
 * What the page says when there is nothing to show: not signed in, no site, a closed share, an error.
 */
import { useState } from "preact/hooks";
import { refresh } from "../answer.ts";
import { askAsShare, type Problem, sharePassword } from "../api.ts";
import { say } from "../words.ts";
import { copy, Toast } from "./toast.tsx";

export function SignIn({ isShare }: { isShare: boolean }) {
  if (isShare) {
    return (
      <main id="main" class="wrap">
        <section class="card state" aria-labelledby="state-title">
          <h1 id="state-title">{say("shareGone")}</h1>
          <p>{say("shareGoneText")}</p>
        </section>
      </main>
    );
  }
  return (
    <main id="main" class="wrap">
      <section class="card state" aria-labelledby="state-title">
        <h1 id="state-title">{say("signIn")}</h1>
        <p>{say("signInText")}</p>
        <pre>sojourn key sign-in</pre>
        <p>{say("signInNote")}</p>
        <div class="acts">
          <button type="button" class="btn pri" onClick={() => copy("sojourn key sign-in", say("copied"))}>
            {say("copyCommand")}
          </button>
          <button type="button" class="btn" onClick={() => location.reload()}>
            {say("tryAgain")}
          </button>
        </div>
      </section>
      <Toast />
    </main>
  );
}

export function SharePassword({ onOpen }: { onOpen: () => void }) {
  const [password, setPassword] = useState("");
  const [tries, setTries] = useState(0);
  return (
    <main id="main" class="wrap">
      <section class="card state" aria-labelledby="state-title">
        <h1 id="state-title">{say("sharePassword")}</h1>
        <p>{say("sharePasswordText")}</p>
        <form
          class="acts"
          onSubmit={(event) => {
            event.preventDefault();
            sharePassword(password);
            askAsShare(new URLSearchParams(location.search).get("share") ?? undefined);
            setTries(tries + 1);
            onOpen();
          }}
        >
          <input
            type="password"
            aria-label={say("password")}
            autocomplete="current-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          <button type="submit" class="btn pri">
            {say("open")}
          </button>
        </form>
        {tries > 0 && <p role="alert">{say("wrongPassword")}</p>}
      </section>
    </main>
  );
}

export function NoSite() {
  return (
    <main id="main" class="wrap">
      <section class="card state" aria-labelledby="state-title">
        <h1 id="state-title">{say("noSite")}</h1>
        <p>{say("noSiteText")}</p>
        <pre>sojourn site add shop</pre>
      </section>
    </main>
  );
}

/** What went wrong, whether data is safe, and what to do. */
export function LoadError({ problem, retry }: { problem: Problem; retry: () => void }) {
  const details = `${problem.status} ${problem.code} ${problem.title} ${problem.request_id ?? ""} ${location.href}`;
  return (
    <section class="card state" role="alert" aria-labelledby="error-title">
      <h1 id="error-title">{say("errTitle")}</h1>
      <ProblemText problem={problem} />
      <div class="acts">
        <button type="button" class="btn pri" onClick={retry}>
          {say("tryAgain")}
        </button>
        <button type="button" class="btn" onClick={() => copy(details, say("copied"))}>
          {say("copyDetails")}
        </button>
      </div>
    </section>
  );
}

/** The collector does not answer any more: what is on the page stays, and says that it may be old. */
export function CutOff() {
  return (
    <div class="cutoff" role="alert">
      <p>{say("cutOff")}</p>
      <button type="button" class="btn" onClick={() => refresh()}>
        {say("tryAgain")}
      </button>
    </div>
  );
}

export function ProblemText({ problem }: { problem: Problem }) {
  if (problem.code === "unreachable") return <p>{say("errUnreachable")}</p>;
  // Nobody answered, because nobody was asked: the page itself says what is wrong.
  if (problem.status === 0 && problem.title !== "") return <p>{problem.title}</p>;
  return (
    <p>
      {say("errStatus", { status: String(problem.status) })} (<code>{problem.code}</code>)
      {problem.title !== "" && `: ${problem.title}`}
      {". "}
      {problem.hint ?? say("errSafe")}
    </p>
  );
}
