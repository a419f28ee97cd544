import { lookup as lookUp } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressPolicy } from "./addresses.ts";

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OutgoingGet {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM. `ca` replaces the public authorities. */
  readonly tls?: { readonly cert?: string; readonly key?: string; readonly ca?: string };
}

export interface OutgoingAnswer {
  readonly status: number;
  /** The first bytes, as many as are allowed. */
  readonly text: string;
  /** The answer had more bytes than are allowed. */
  readonly isCut?: true;
  readonly retryAfter: string | undefined;
}

/** Why there was no answer. Its message has no secret and no address of a person. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Sends a POST, and follows no redirect. @throws NoAnswer */
export type Post = (request: OutgoingRequest, signal: AbortSignal) => Promise<OutgoingAnswer>;
/** Sends a GET, and follows no redirect. @throws NoAnswer */
export type Get = (request: OutgoingGet, signal: AbortSignal) => Promise<OutgoingAnswer>;

const MAX_ANSWER_BYTES = 64 * 1024;
const IN_ALL_MS = 15_000;

/**
 * Connects only to addresses that the policy allows. It checks the address after looking up the name, and connects to
 * exactly this address. Plain HTTP goes only to addresses that the settings name.
 * @param setting the name of the setting with these addresses, for messages
 */
export function outgoing(
  policy: AddressPolicy,
  { inAllMs = IN_ALL_MS, maxBytes = MAX_ANSWER_BYTES, setting = "FLEETLOG_CHANNEL_NETWORKS" } = {},
): (request: OutgoingRequest | OutgoingGet, signal: AbortSignal) => Promise<OutgoingAnswer> {
  const lookups = { "http:": checkedLookup(policy, true, setting), "https:": checkedLookup(policy, false, setting) };
  const agentOptions = { keepAlive: true, maxSockets: 64, lookup: lookups["https:"] };
  const shared = new Agent(agentOptions as object);
  return async (given, signal) => {
    const { url: text, headers } = given;
    const body = "body" in given ? given.body : undefined;
    const tls = "tls" in given ? given.tls : undefined;
    const url = new URL(text);
    const isPlain = url.protocol === "http:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) mustBeAllowed(policy, host, isPlain, setting);
    const timeout = AbortSignal.timeout(inAllMs);
    const options = {
      method: body === undefined ? "GET" : "POST",
      headers: {
        "user-agent": "Fleetlog",
        ...headers,
        ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
      },
      signal: AbortSignal.any([signal, timeout]),
    };
    const secure = tls === undefined ? shared : new Agent({ ...agentOptions, ...tls, keepAlive: false } as object);
    try {
      return await new Promise<OutgoingAnswer>((resolve, reject) => {
        const answered = (answer: IncomingMessage) => void readAnswer(answer, maxBytes).then(resolve, reject);
        const request = isPlain
          ? httpRequest(url, { ...options, agent: false, lookup: lookups["http:"] }, answered)
          : httpsRequest(url, { ...options, agent: secure }, answered);
        request.on("error", reject);
        request.end(body);
      });
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw new NoAnswer(`no answer within ${inAllMs / 1_000} s`);
      throw noAnswer(error, url.host);
    }
  };
}

async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<OutgoingAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
  const isCut = bytes > maxBytes ? ({ isCut: true } as const) : {};
  return { status: answer.statusCode ?? 0, text, ...isCut, retryAfter: answer.headers["retry-after"] };
}

function checkedLookup(policy: AddressPolicy, isPlain: boolean, setting: string): LookupFunction {
  return (host, { all, ...options }, callback) => {
    lookUp(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const allowed = addresses.filter(({ address }) => isAllowed(policy, address, isPlain));
      const [first] = allowed;
      if (first === undefined) return callback(notAllowed(host, isPlain, setting), "");
      if (all) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
}

function isAllowed(policy: AddressPolicy, address: string, isPlain: boolean): boolean {
  const allowed = policy.allows(address);
  return allowed === "listed" || (allowed === "public" && !isPlain);
}

/** @param named for the message: the host's name, and the name of the protocol without TLS @throws NoAnswer */
export function mustBeAllowed(
  policy: AddressPolicy,
  address: string,
  isPlain: boolean,
  setting: string,
  { host = address, plain = "http" } = {},
): void {
  if (!isAllowed(policy, address, isPlain)) throw notAllowed(host, isPlain, setting, plain);
}

function notAllowed(host: string, isPlain: boolean, setting: string, plain = "http"): NoAnswer {
  const why = isPlain ? `${plain} is for networks of ${setting} only` : "it is not a public address";
  return new NoAnswer(`${host} must not be connected to: ${why}`);
}

function noAnswer(error: unknown, host: string): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const { code, errors } = error as { readonly code?: string; readonly errors?: readonly { code?: string }[] };
  return new NoAnswer(`${host} can't be reached (${code ?? errors?.[0]?.code ?? "connection ended"})`);
}
