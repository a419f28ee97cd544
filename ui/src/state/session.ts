import { onSignedOut } from "../data/api.ts";
import { feed } from "../data/feed/feed.ts";
import { type ApiError, asApiError, isPassing } from "../data/problem.ts";
import * as api from "../data/session.ts";
import { known } from "./known.ts";
import { Retry } from "./retry.ts";
import { Store } from "./store.ts";
import { say } from "./toasts.ts";

export type Session =
  | { readonly state: "asking" }
  | {
      readonly state: "signed-out";
      /** Why, where it was not asked for: the link's token was refused, or a session has ended. */
      readonly why?: ApiError | "ended";
    }
  | { readonly state: "signed-in"; readonly info: api.SessionInfo }
  /** It ended while a page is open: who it was, until somebody signs in again. */
  | { readonly state: "ended"; readonly info: api.SessionInfo }
  | { readonly state: "unknown"; readonly error: ApiError };

export const session = new Store<Session>({ state: "asking" });

session.subscribe(({ state }) => {
  if (state === "signed-in") feed.start();
  else if (state === "signed-out" || state === "ended") feed.stop();
});
onSignedOut(() => {
  const { value } = session;
  if (value.state === "signed-in") session.set({ state: "ended", info: value.info });
});

// A gateway that refuses the feed because nobody is signed in looks, from here, like one that is away: so ask.
feed.addEventListener("status", () => {
  if (feed.status.state === "waiting") api.currentSession().then(ask, () => {});
});

function ask(info: api.SessionInfo | null): void {
  const { value } = session;
  if (info === null && value.state === "signed-in") session.set({ state: "ended", info: value.info });
}

/** Does not go on with a session that has ended. */
export function forgetSession(): void {
  session.set({ state: "signed-out", why: "ended" });
}

/** Who is signed in, or was until the session ended; undefined: nobody. */
export function whoIsHere(): api.SessionInfo | undefined {
  const { value } = session;
  return value.state === "signed-in" || value.state === "ended" ? value.info : undefined;
}

/** Longer than this nobody waits before a page that shows nothing yet: there is no feed that would tell. */
const LONGEST_MS = 5_000;
const retry = new Retry(() => void startSession(), LONGEST_MS);
/** The link's token, until the gateway has said what it thinks of it. */
let offered: string | undefined;
let asking = false;

/**
 * Asks who is signed in, again and again while nobody answers; a token in the URL's fragment signs in first, and is gone
 * from URL and history at once.
 */
export async function startSession(): Promise<void> {
  offered = takeToken() ?? offered;
  if (asking) return;
  asking = true;
  if (session.value.state !== "unknown") session.set({ state: "asking" });
  try {
    const info = await (offered === undefined ? api.currentSession() : api.signIn(offered));
    offered = undefined;
    if (info === null) session.set({ state: "signed-out", ...(known.is && { why: "ended" as const }) });
    else signedIn(info);
  } catch (thrown) {
    const error = asApiError(thrown);
    if (offered !== undefined && !isPassing(error)) await refused(error);
    else session.set({ state: "unknown", error });
    if (session.value.state === "unknown") retry.failed(error);
  }
  if (session.value.state !== "unknown") retry.stop();
  asking = false;
}

/** Whoever was signed in before following the link still is. */
async function refused(error: ApiError): Promise<void> {
  offered = undefined;
  const info = await api.currentSession().catch(() => null);
  if (info === null) session.set({ state: "signed-out", why: error });
  else {
    signedIn(info);
    say("info", `You are still signed in as ${info.operator.name}`, { detail: "The token of the link is not valid." });
  }
}

function signedIn(info: api.SessionInfo): void {
  known.set(true);
  session.set({ state: "signed-in", info });
}

/** @throws ApiError */
export async function signIn(token: string): Promise<void> {
  signedIn(await api.signIn(token.trim()));
}

/** @throws ApiError if the gateway could not end it: then the session still stands */
export async function signOut(): Promise<void> {
  await api.signOut();
  known.set(false);
  session.set({ state: "signed-out" });
}

function takeToken(): string | undefined {
  const { hash, pathname, search } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) window.history.replaceState(window.history.state, "", pathname + search);
  return token;
}
