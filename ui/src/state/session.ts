import { onSignedOut, renewalsSettled } from "../data/api.ts";
import { feed } from "../data/feed/feed.ts";
import { type ApiError, asApiError, isTransient } from "../data/problem.ts";
import { signOutEverywhere as endSignIns } from "../data/profile.ts";
import * as api from "../data/session.ts";
import { Retry } from "./retry.ts";
import { passwordLater, signedInBefore } from "./signed-in-before.ts";
import { Store } from "./store.ts";
import { notify } from "./toasts.ts";

export type Session =
  | { readonly state: "loading" }
  | {
      readonly state: "signed-out";
      /** A refused link's error, or the end of the session; undefined after a sign-out. */
      readonly why?: ApiError | "ended";
    }
  | { readonly state: "signed-in"; readonly info: api.SessionInfo }
  /** Ended while a page is open; `info` is of the ended session. */
  | { readonly state: "ended"; readonly info: api.SessionInfo }
  | { readonly state: "unknown"; readonly error: ApiError };

export const session = new Store<Session>({ state: "loading" });

session.subscribe(({ state }) => {
  if (state === "signed-in") feed.start();
  else if (state === "signed-out" || state === "ended") feed.stop();
});
onSignedOut(() => void ended());

// Browsers do not tell whether a feed was refused or is unreachable, so look up the session.
feed.addEventListener("status", () => {
  if (feed.status.state === "waiting") api.currentSession().then(checkEnded, () => {});
});

function checkEnded(info: api.SessionInfo | null): void {
  if (info === null) void ended();
}

/** The session that is being looked up, because it may have ended. */
let doubted: Session | undefined;

/**
 * Looks the session up once more: while a new password replaces the session, answers to earlier requests may say that
 * the session has ended.
 */
async function ended(): Promise<void> {
  const { value } = session;
  if (value.state !== "signed-in" || doubted === value) return;
  doubted = value;
  await renewalsSettled();
  const found = await api.currentSession().catch(() => null);
  doubted = undefined;
  if (found === null && session.value === value) session.set({ state: "ended", info: value.info });
}

/** Leaves the page of a session that has ended. */
export function forgetSession(): void {
  session.set({ state: "signed-out", why: "ended" });
}

export function hasRole(...roles: readonly string[]): boolean {
  const role = sessionInfo()?.operator.role;
  return role !== undefined && roles.includes(role);
}

export function mayOnboard(): boolean {
  return hasRole("operator", "owner", "admin");
}

/** Whether the person may start scans and see catalogues. */
export function mayScan(): boolean {
  return hasRole("operator", "owner", "admin");
}

/** Whether the person may see the past of the fleet. */
export function mayReadHistory(): boolean {
  return hasRole("analyst", "operator", "owner", "admin");
}

/** The current session or, while its page stays open, the ended session; undefined when signed out. */
export function sessionInfo(): api.SessionInfo | undefined {
  const { value } = session;
  return value.state === "signed-in" || value.state === "ended" ? value.info : undefined;
}

/** Shorter than for other calls: the page shows nothing yet, and no feed could report a recovery. */
const LONGEST_MS = 5_000;
const retry = new Retry(() => void startSession(), LONGEST_MS);
/** The token of a link, until the gateway has accepted or refused it. */
let offered: string | undefined;
let starting = false;

/**
 * Looks the session up, and retries while the gateway is unreachable. Removes a token in the URL's fragment from URL
 * and history at once, and signs in with the token.
 */
export async function startSession(): Promise<void> {
  offered = takeToken() ?? offered;
  if (starting) return;
  starting = true;
  if (session.value.state !== "unknown") session.set({ state: "loading" });
  try {
    const info = await (offered === undefined ? api.currentSession() : api.signIn(offered));
    if (offered !== undefined) passwordLater.set(false);
    offered = undefined;
    if (info === null) session.set({ state: "signed-out", ...(signedInBefore.get() && { why: "ended" as const }) });
    else signedIn(info);
  } catch (thrown) {
    const error = asApiError(thrown);
    if (offered !== undefined && !isTransient(error)) await refused(error);
    else session.set({ state: "unknown", error });
    if (session.value.state === "unknown") retry.failed(error);
  }
  if (session.value.state !== "unknown") retry.stop();
  starting = false;
}

/** After a refused link, an earlier session continues. */
async function refused(error: ApiError): Promise<void> {
  offered = undefined;
  const info = await api.currentSession().catch(() => null);
  if (info === null) session.set({ state: "signed-out", why: error });
  else {
    signedIn(info);
    notify("info", `You are still signed in as ${info.operator.name}`, {
      detail: "The token of the link is not valid.",
    });
  }
}

function signedIn(info: api.SessionInfo): void {
  signedInBefore.set(true);
  session.set({ state: "signed-in", info });
}

/** @throws ApiError */
export async function signIn(token: string): Promise<void> {
  const info = await api.signIn(token.trim());
  // Do not interrupt a person who signs in again over an open page.
  if (session.value.state !== "ended") passwordLater.set(false);
  signedIn(info);
}

/**
 * Makes an administrator with a password of the person who is signed in with the installation's token.
 * @throws ApiError `person-exists`, `invalid-request`
 */
export async function setFirstPassword(email: string, password: string): Promise<void> {
  await api.setFirstPassword(email.trim(), password);
  const info = await api.currentSession();
  if (info !== null) signedIn(info);
}

/** @throws ApiError */
export async function changeNames(names: api.NamesChange): Promise<void> {
  const info = await api.changeNames(names);
  if (session.value.state === "signed-in") session.set({ state: "signed-in", info });
}

/** @throws ApiError `unauthenticated` for a wrong code, `person-exists` */
export async function confirmEmail(code: string): Promise<void> {
  const info = await api.confirmEmail(code);
  if (session.value.state === "signed-in") session.set({ state: "signed-in", info });
}

/** @throws ApiError */
export async function signInByPassword(
  email: string,
  password: string,
  second?: Parameters<typeof api.signInByPassword>[2],
): Promise<void> {
  signedIn(await api.signInByPassword(email.trim(), password, second));
}

/** @throws ApiError */
export async function signInByPasskey(answer: Parameters<typeof api.signInByPasskey>[0]): Promise<void> {
  signedIn(await api.signInByPasskey(answer));
}

/** @throws ApiError if the gateway could not end the sign-ins */
export async function signOutEverywhere(): Promise<void> {
  await endSignIns();
  signedInBefore.set(false);
  session.set({ state: "signed-out" });
}

/** @throws ApiError if the gateway could not end the session */
export async function signOut(): Promise<void> {
  await api.signOut();
  signedInBefore.set(false);
  session.set({ state: "signed-out" });
}

function takeToken(): string | undefined {
  const { hash, pathname, search } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? undefined;
  if (token !== undefined) window.history.replaceState(window.history.state, "", pathname + search);
  return token;
}
