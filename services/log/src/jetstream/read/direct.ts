import { pauseAfter } from "@fleetlog/runtime";
import type { Msg, MsgHdrs, QueuedIterator } from "@nats-io/nats-core";
import { unreachable } from "../../errors.ts";
import { steadyTime } from "../../steady-time.ts";
import { ERR_CODE, JetStreamApiFailure } from "../connection/api-error.ts";
import { RETRIES, RETRY_FOR_MS, type ServerConnection } from "../connection/server-connection.ts";

const REQUEST_TIMEOUT_MS = 5_000;

export interface StoredMessage {
  readonly seq: number;
  readonly id: string | undefined;
  readonly json: string;
}

/** The newest message of a subject. With replicas the leader is asked, because a follower may lack the message. */
export async function lastMessage(
  connection: ServerConnection,
  stream: string,
  subject: string,
  replicas: number,
): Promise<StoredMessage | undefined> {
  return replicas === 1
    ? directGet(connection, stream, subject)
    : fromLeader(connection, stream, { last_by_subj: subject });
}

async function directGet(
  connection: ServerConnection,
  stream: string,
  subject: string,
): Promise<StoredMessage | undefined> {
  const message = await requestWithRetry(connection, `$JS.API.DIRECT.GET.${stream}.${subject}`);
  const headers = message.headers;
  if (headers === undefined) throw unreachable(new Error("the answer has no headers"));
  const status = statusOf(headers);
  if (status === 404) return undefined;
  if (status > 0) throw unreachable(new Error(headers.status));
  return storedMessage(message, headers);
}

/** Status of an answer without an entry; 0 for an entry, even if the entry itself is a stored answer of nats-server. */
function statusOf(headers: MsgHdrs | undefined): number {
  return headers === undefined || headers.has("Nats-Sequence") ? 0 : headers.code;
}

function storedMessage(message: Msg, headers: MsgHdrs): StoredMessage {
  return {
    // If the stored entry itself has these headers, those of the answer come last.
    seq: Number(headers.last("Nats-Sequence")),
    id: headers.get("Nats-Msg-Id") || undefined,
    json: message.string(),
  };
}

/** The leader's first message of a subject at or after a sequence. */
export async function nextMessage(
  connection: ServerConnection,
  stream: string,
  subject: string,
  seq: number,
): Promise<StoredMessage | undefined> {
  return fromLeader(connection, stream, { seq: Math.max(seq, 1), next_by_subj: subject });
}

/**
 * The server that leads the stream can't answer with several messages. In a cluster, it may be older than the server to
 * which this process is connected.
 */
export class NotSupported extends Error {}

/**
 * The last message of each subject up to a sequence. Needs one replica, a server with `multiLast`, and a message of
 * every subject: nats-server searches the whole stream for a subject without messages.
 * @throws NotSupported; FleetError `log-unavailable`
 */
export async function lastMessagesUpTo(
  connection: ServerConnection,
  stream: string,
  subjects: readonly string[],
  upTo: number,
): Promise<ReadonlyMap<string, StoredMessage>> {
  if (subjects.length === 0 || upTo < 1) return new Map();
  const request = JSON.stringify({ multi_last: subjects, up_to_seq: upTo });
  const found = new Map<string, StoredMessage>();
  const { messages } = await withRetry(connection, () => answers(connection, `$JS.API.DIRECT.GET.${stream}`, request));
  for (const message of messages) {
    const { headers } = message;
    if (headers === undefined) throw unreachable(new Error("the answer has no headers"));
    found.set(headers.last("Nats-Subject"), storedMessage(message, headers));
  }
  return found;
}

/** An entry of {@link firstMessages}, as the server stores it. */
export interface SubjectEntry {
  readonly message: Pick<Msg, "subject" | "headers" | "data" | "string" | "json">;
  readonly info: { readonly seq: number };
}

export interface FirstMessages {
  readonly entries: readonly SubjectEntry[];
  /** How many later messages matched when the server ended its answer. */
  readonly pending: number;
}

/**
 * The first messages of a subject, which may have wildcards, in order, without a consumer. The answer may have only some of them: at most
 * `entries`, and no further one after `bytes`. Needs one replica and a server with `multiLast`.
 * @throws NotSupported; FleetError `log-unavailable`
 */
export async function firstMessages(
  connection: ServerConnection,
  stream: string,
  subject: string,
  { entries, bytes }: { readonly entries: number; readonly bytes: number },
): Promise<FirstMessages> {
  const request = JSON.stringify({ seq: 1, next_by_subj: subject, batch: entries, max_bytes: bytes });
  const found = await withRetry(connection, () => answers(connection, `$JS.API.DIRECT.GET.${stream}`, request));
  return { entries: found.messages.map(subjectEntry), pending: found.pending };
}

function subjectEntry(message: Msg): SubjectEntry {
  const { headers, data } = message;
  if (headers === undefined) throw unreachable(new Error("the answer has no headers"));
  const subject = headers.last("Nats-Subject");
  return {
    message: { subject, headers, data, string: () => message.string(), json: <T>() => message.json<T>() },
    info: { seq: Number(headers.last("Nats-Sequence")) },
  };
}

/** The status of the answer of a nats-server before 2.11 to a request for several subjects. */
const EMPTY_REQUEST = 408;

interface Answer {
  readonly messages: readonly Msg[];
  /** How many later messages matched when the answer ended, including those that were stored meanwhile. */
  readonly pending: number;
}

/**
 * All messages of an answer. They come to the client's one inbox, because a subscription for each answer would take a
 * fifth more CPU.
 */
async function answers(connection: ServerConnection, subject: string, request: string): Promise<Answer> {
  const messages: Msg[] = [];
  // As long as messages arrive, a slow connection may take longer than the time limit.
  const options = { strategy: "stall", maxWait: REQUEST_TIMEOUT_MS, stall: REQUEST_TIMEOUT_MS } as const;
  // The declared type lacks `stop`.
  const found = (await connection.nc.requestMany(subject, request, options)) as QueuedIterator<Msg>;
  const unsubscribe = connection.onChange(() => found.stop(new Error("the connection was lost")));
  try {
    for await (const message of found) {
      const code = statusOf(message.headers);
      // 204 is the end, and 404 means that there are no messages.
      if (code === 204 || code === 404) {
        return { messages, pending: Number(message.headers?.last("Nats-Num-Pending") || 0) };
      }
      if (code === EMPTY_REQUEST) throw new NotSupported(message.headers?.status);
      if (code > 0) throw new Error(message.headers?.status);
      // Before 2.11, nats-server ignores the number of messages: it answers with one, and nothing follows.
      if (!message.headers?.has("Nats-Num-Pending")) throw new NotSupported("the answer has only one message");
      messages.push(message);
    }
    throw new Error("no answer");
  } finally {
    unsubscribe();
  }
}

/**
 * Resolves when the entries that the stream has shown are on disk. nats-server 2.15 shows a batch to consumers before
 * the sync, but answers a direct get only after the sync.
 */
export async function whenSynced(connection: ServerConnection, stream: string): Promise<void> {
  if (connection.capabilities.atomicBatches) await directGet(connection, stream, NO_SUBJECT);
}

/** A subject that no stream has, so that the server answers from its index, without reading the store. */
const NO_SUBJECT = "none";

function requestWithRetry(connection: ServerConnection, subject: string): Promise<Msg> {
  return withRetry(connection, () => connection.nc.request(subject, "", { timeout: REQUEST_TIMEOUT_MS }));
}

async function withRetry<T>(connection: ServerConnection, request: () => Promise<T>): Promise<T> {
  const until = steadyTime() + RETRY_FOR_MS;
  for (let failures = 1; ; failures++) {
    const wait = pauseAfter(failures, RETRIES);
    try {
      await connection.whenUp(Math.max(until - steadyTime(), 0));
      return await request();
    } catch (error) {
      if (error instanceof NotSupported) throw error;
      if (steadyTime() + wait >= until) throw unreachable(error);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Gets a message from the stream's leader. @param request as for `$JS.API.STREAM.MSG.GET` */
export async function fromLeader(
  connection: ServerConnection,
  stream: string,
  request: object,
): Promise<StoredMessage | undefined> {
  try {
    const { message } = await connection.api<{
      readonly message: { readonly seq: number; readonly hdrs?: string; readonly data?: string };
    }>(`$JS.API.STREAM.MSG.GET.${stream}`, request);
    const headers = Buffer.from(message.hdrs ?? "", "base64").toString();
    return {
      seq: message.seq,
      id: /^Nats-Msg-Id: (.*)$/m.exec(headers)?.[1]?.trim(),
      json: Buffer.from(message.data ?? "", "base64").toString(),
    };
  } catch (error) {
    if (error instanceof JetStreamApiFailure && error.body.err_code === ERR_CODE.messageNotFound) return undefined;
    throw error;
  }
}
