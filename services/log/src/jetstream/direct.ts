import { pauseAfter } from "@fleetlog/runtime";
import type { Msg } from "@nats-io/nats-core";
import { unreachable } from "../errors.ts";
import { ERR_CODE, JetStreamApiFailure } from "./api-error.ts";
import { type Link, RETRIES, RETRY_FOR_MS } from "./link.ts";

export interface StoredMessage {
  readonly seq: number;
  readonly id: string | undefined;
  readonly json: string;
}

/**
 * The newest message of a subject. Direct get takes one round trip to any server that has the stream, but a follower may not
 * have the newest message yet. So with replicas the leader is asked.
 */
export async function lastMessage(
  link: Link,
  stream: string,
  subject: string,
  replicas: number,
): Promise<StoredMessage | undefined> {
  return replicas === 1 ? directGet(link, stream, subject) : fromLeader(link, stream, subject);
}

async function directGet(link: Link, stream: string, subject: string): Promise<StoredMessage | undefined> {
  const message = await requestWithRetry(link, `$JS.API.DIRECT.GET.${stream}.${subject}`);
  const headers = message.headers;
  if (headers === undefined) throw unreachable(new Error("the answer has no headers"));
  if (headers.code === 404) return undefined;
  if (headers.code > 0) throw unreachable(new Error(headers.status));
  return {
    seq: Number(headers.get("Nats-Sequence")),
    id: headers.get("Nats-Msg-Id") || undefined,
    json: message.string(),
  };
}

async function requestWithRetry(link: Link, subject: string): Promise<Msg> {
  const until = Date.now() + RETRY_FOR_MS;
  for (let failures = 1; ; failures++) {
    const wait = pauseAfter(failures, RETRIES);
    try {
      await link.whenUp(Math.max(until - Date.now(), 0));
      return await link.nc.request(subject, "", { timeout: 5_000 });
    } catch (error) {
      if (Date.now() + wait >= until) throw unreachable(error);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function fromLeader(link: Link, stream: string, subject: string): Promise<StoredMessage | undefined> {
  try {
    const { message } = await link.api<{
      readonly message: { readonly seq: number; readonly hdrs?: string; readonly data?: string };
    }>(`$JS.API.STREAM.MSG.GET.${stream}`, { last_by_subj: subject });
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
