import { randomUUID } from "node:crypto";
import { unreachable } from "../../errors.ts";
import type { ServerConnection } from "./server-connection.ts";

const INACTIVE_NS = 5_000_000_000;
const NO_RETRY_MS = 0;

/**
 * The server's time in milliseconds since 1970. Before 2.10, only the answer to the creation of a consumer has a time.
 * @throws FleetError `log-unavailable`
 */
export async function serverTime(connection: ServerConnection, stream: string): Promise<number> {
  const { ts } = await connection.api<{ readonly ts?: string }>(`$JS.API.STREAM.INFO.${stream}`, {}, NO_RETRY_MS);
  return parsed(ts ?? (await createdNow(connection, stream)));
}

async function createdNow(connection: ServerConnection, stream: string): Promise<string | undefined> {
  const name = `clock-${randomUUID()}`;
  const request = {
    stream_name: stream,
    config: {
      name,
      ack_policy: "none",
      deliver_policy: "new",
      inactive_threshold: INACTIVE_NS,
      num_replicas: 1,
      mem_storage: true,
    },
  };
  const { created } = await connection.api<{ readonly created?: string }>(
    `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
    request,
    NO_RETRY_MS,
  );
  return created;
}

function parsed(time: string | undefined): number {
  const at = Date.parse(time ?? "");
  if (Number.isNaN(at)) throw unreachable(new Error("the answer has no time"));
  return at;
}
