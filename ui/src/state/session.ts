import { onSignedOut } from "../data/api.ts";
import { feed } from "../data/feed/feed.ts";
import { type ApiError, asApiError } from "../data/problem.ts";
import * as api from "../data/session.ts";
import { Store } from "./store.ts";

export type Session =
  | { readonly state: "asking" }
  | { readonly state: "signed-out" }
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
  session.set({ state: "signed-out" });
}

/** Who is signed in, or was until the session ended; undefined: nobody. */
export function whoIsHere(): api.SessionInfo | undefined {
  const { value } = session;
  return value.state === "signed-in" || value.state === "ended" ? value.info : undefined;
}

/** Asks who is signed in; a token in the URL's fragment signs in first, and is gone from URL and history at once. */
export async function startSession(): Promise<void> {
  const token = takeToken();
  session.set({ state: "asking" });
  try {
    const info = token === undefined ? await api.currentSession() : await api.signIn(token);
    session.set(info === null ? { state: "signed-out" } : { state: "signed-in", info });
  } catch (thrown) {
    const error = asApiError(thrown);
    session.set(error.status === 401 ? { state: "signed-out" } : { state: "unknown", error });
  }
}

/** @throws ApiError */
export async function signIn(token: string): Promise<void> {
  session.set({ state: "signed-in", info: await api.signIn(token.trim()) });
}

/** @throws ApiError if the gateway could not end it: then the session still stands */
export async function signOut(): Promise<void> {
  await api.signOut();
  session.set({ state: "signed-out" });
}

function takeToken(): string | undefined {
  const { hash, pathname, search } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) window.history.replaceState(window.history.state, "", pathname + search);
  return token;
}
