import { type Msg, type Subscription as NatsSubscription, nuid } from "@nats-io/nats-core";
import type { ServerConnection } from "../connection/server-connection.ts";

const NANOS = 1_000_000;

export type StartAt = { readonly seq: number } | { readonly time: string };

export interface ConsumerOptions {
  readonly stream: string;
  readonly filter: string | undefined;
  readonly start: StartAt;
  /** The server deletes a consumer that was idle for this long. */
  readonly inactiveMs: number;
  readonly headersOnly?: boolean;
}

/**
 * A short-lived pull consumer. Creating it counts its entries, for which nats-server reads up to half of the stream.
 */
export interface Consumer {
  readonly name: string;
  readonly pending: number;
  readonly requestSubject: string;
}

export async function createConsumer(
  connection: ServerConnection,
  options: ConsumerOptions,
  retryForMs?: number,
): Promise<Consumer> {
  const { stream, filter, start } = options;
  const name = nuid.next();
  const config = {
    name,
    ...("seq" in start
      ? { deliver_policy: "by_start_sequence", opt_start_seq: Math.max(start.seq, 1) }
      : { deliver_policy: "by_start_time", opt_start_time: start.time }),
    ack_policy: "none",
    max_deliver: 1,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: options.inactiveMs * NANOS,
    ...(filter === undefined ? {} : { filter_subject: filter }),
    ...(options.headersOnly ? { headers_only: true } : {}),
  };
  const subject = `$JS.API.CONSUMER.CREATE.${stream}.${name}${filter === undefined ? "" : `.${filter}`}`;
  const created = await connection.api<{ readonly num_pending: number }>(
    subject,
    { stream_name: stream, config },
    retryForMs,
  );
  return { name, pending: created.num_pending, requestSubject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}` };
}

/** Never rejects: the server deletes an idle consumer. */
export async function deleteConsumer(connection: ServerConnection, stream: string, { name }: Consumer): Promise<void> {
  if (!connection.up) return;
  try {
    await connection.nc.request(`$JS.API.CONSUMER.DELETE.${stream}.${name}`, "", { timeout: 2_000 });
  } catch (error) {
    connection.logger.info(
      { stream, err: error },
      "could not delete a consumer; the server deletes it when it has been idle",
    );
  }
}

export interface PullRequest {
  readonly batch: number;
  readonly maxBytes: number;
  readonly noWait?: boolean;
  readonly expiresMs?: number;
  readonly heartbeatMs?: number;
}

export function pullRequest(pull: PullRequest): string {
  return JSON.stringify({
    batch: pull.batch,
    max_bytes: pull.maxBytes,
    ...(pull.noWait ? { no_wait: true } : {}),
    ...(pull.expiresMs === undefined ? {} : { expires: pull.expiresMs * NANOS }),
    ...(pull.heartbeatMs === undefined ? {} : { idle_heartbeat: pull.heartbeatMs * NANOS }),
  });
}

export interface DeliveryInfo {
  readonly seq: number;
  /** The consumer counts its deliveries from 1. */
  readonly delivery: number;
  /** In milliseconds since 1970. */
  readonly storedAt: number;
  readonly pending: number;
}

/** The part of the last reply subject up to its count of deliveries, which is the same for all of a consumer's messages. */
let prefix = "";

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<seq>.<delivery>.<time>.<pending>`. Since nats-server 2.10, domain and
 * account may come before the stream, and a token at the end.
 */
export function deliveryInfoOf(reply: string): DeliveryInfo {
  if (prefix === "" || !reply.startsWith(prefix)) prefix = prefixOf(reply);
  const seq = reply.indexOf(".", prefix.length) + 1;
  const delivery = reply.indexOf(".", seq) + 1;
  const time = reply.indexOf(".", delivery) + 1;
  const pending = reply.indexOf(".", time) + 1;
  return {
    seq: digits(reply, seq),
    delivery: digits(reply, delivery),
    storedAt: digits(reply, time, pending - 1 - NANO_DIGITS),
    pending: digits(reply, pending),
  };
}

function prefixOf(reply: string): string {
  let dots = 0;
  for (let i = 0; i < reply.length; i++) if (reply.charCodeAt(i) === DOT) dots += 1;
  let end = 0;
  for (let skip = dots > 8 ? 6 : 4; skip > 0; skip--) end = reply.indexOf(".", end) + 1;
  return reply.slice(0, end);
}

const DOT = 0x2e;
const NANO_DIGITS = 6;

/** Parses a number by itself: this runs for every entry, and `split` takes twice as long. */
function digits(text: string, from: number, to = text.length): number {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    number = number * 10 + digit;
  }
  return number;
}

export function statusOf(message: Msg): { readonly code: number; readonly description: string } | undefined {
  if (message.reply) return undefined;
  const headers = message.headers;
  return headers !== undefined && headers.code > 0
    ? { code: headers.code, description: headers.description }
    : undefined;
}

export function openInbox(
  connection: ServerConnection,
  callback: (message: Msg) => void,
): { subject: string; subscription: NatsSubscription } {
  const subject = connection.inbox();
  return { subject, subscription: connection.nc.subscribe(subject, { callback: (_, message) => callback(message) }) };
}
