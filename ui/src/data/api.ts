import { basePath } from "./base.ts";
import { observeDate } from "./clock.ts";
import { ApiError, asApiError, errorOf, isAbort } from "./problem.ts";

const TIMEOUT_MS = 15_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

let signedOut: () => void = () => {};

/** The listener is called for each answer that says that nobody is signed in. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/**
 * Requests under way that change the caller's own sign-in. Their answers may replace the cookie of a session that has
 * ended meanwhile.
 */
const renewals = new Set<Promise<unknown>>();

export async function renewalsSettled(): Promise<void> {
  while (renewals.size > 0) await Promise.allSettled(renewals);
}

/**
 * Calls the operator API, authenticated by the session cookie.
 * @throws ApiError for every failure, and a DOMException `AbortError` when `signal` was aborted
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const sent = send(method, path, options, async (response) =>
    response.status === 204 ? (undefined as T) : ((await response.json()) as T),
  );
  if (method === "GET" || !path.startsWith("/session")) return sent;
  renewals.add(sent);
  return sent.finally(() => renewals.delete(sent));
}

async function send<T>(
  method: string,
  path: string,
  { query, body, text, headers, signal, timeoutMs = TIMEOUT_MS }: CallOptions & { readonly text?: string },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${basePath}api${path}${search(query)}`, {
      method,
      credentials: "same-origin",
      headers: {
        accept: "application/json, application/problem+json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(text !== undefined && { body: text }),
    });
    observeDate(response.headers.get("date"));
    if (!response.ok) throw await errorOf(response);
    return await read(response);
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const error = asApiError(thrown);
    // A wrong password or code in a form names its field; the session goes on.
    if (error.status === 401 && error.field === undefined) signedOut();
    throw error;
  }
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  call<T>("GET", path, { ...(query && { query }), signal });

/** Resolves with the answer and its revision, to be sent as `If-Match` with a change. */
export function getTagged<T>(path: string, signal?: AbortSignal): Promise<{ readonly data: T; readonly etag: string }> {
  // A proxy that compresses an answer makes its tag weak.
  const etagOf = ({ headers }: Response) => (headers.get("etag") ?? "*").replace(/^W\//, "");
  const read = async (response: Response) => ({ data: (await response.json()) as T, etag: etagOf(response) });
  return send("GET", path, { signal }, read);
}

const DOWNLOAD_MS = 300_000;

export function getText(path: string, accept: string, query?: Query): Promise<string> {
  const options = { ...(query && { query }), headers: { accept }, timeoutMs: DOWNLOAD_MS };
  return send("GET", path, options, (response) => response.text());
}

export interface ReceivedFile {
  readonly file: Blob;
  readonly headers: Headers;
}

/** The headers of an answer whose body is left unread. */
export function getHeaders(path: string, query: Query, signal?: AbortSignal): Promise<Headers> {
  const options = { query, signal, headers: { accept: "*/*" } };
  return send("GET", path, options, async ({ body, headers }) => {
    await body?.cancel();
    return headers;
  });
}

/** Resolves when the whole file is there. */
export async function postForFile(path: string, body: unknown): Promise<Blob> {
  return (await postForFileAs(path, body, "*/*")).file;
}

/**
 * Resolves when the whole file is there.
 * @param accept media type of the file
 */
export function postForFileAs(
  path: string,
  body: unknown,
  accept: string,
  signal?: AbortSignal,
): Promise<ReceivedFile> {
  const headers = { accept: `${accept}, application/problem+json;q=0.5` };
  return send("POST", path, { body, headers, signal, timeoutMs: DOWNLOAD_MS }, async (response) => ({
    file: await response.blob(),
    headers: response.headers,
  }));
}

export function postText<T>(path: string, type: string, text: string, query?: Query): Promise<T> {
  const options = { ...(query && { query }), headers: { "content-type": type }, text, timeoutMs: DOWNLOAD_MS };
  return send("POST", path, options, async (response) => (await response.json()) as T);
}

/** The query of an address, with its `?`; without empty values. */
export function search(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

export { ApiError };
