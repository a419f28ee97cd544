import { FleetError } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import { steadyTime } from "../../steady-time.ts";
import { RETRIES, RETRY_FOR_MS, type ServerConnection } from "../connection/server-connection.ts";

/** A part of the answer to `$JS.API.STREAM.INFO`. Only servers of a cluster return `cluster`. */
export interface StreamCluster {
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly name: string; readonly current: boolean }[];
  };
}

/**
 * Asks the stream's leader. While there is none, any server answers from its own copy, which may be old or empty.
 * @throws JetStreamApiFailure; FleetError `log-unavailable`, also if no server leads the stream in time
 */
export async function streamInfo<Info extends object>(
  connection: Pick<ServerConnection, "api">,
  stream: string,
  request: object = {},
  retryForMs = RETRY_FOR_MS,
): Promise<Info & StreamCluster> {
  const until = steadyTime() + retryForMs;
  for (let failures = 1; ; failures++) {
    const left = Math.max(until - steadyTime(), 0);
    const info = await connection.api<Info & StreamCluster>(`$JS.API.STREAM.INFO.${stream}`, request, left);
    if (info.cluster === undefined || (info.cluster.leader ?? "") !== "") return info;
    const wait = pauseAfter(failures, RETRIES);
    if (steadyTime() + wait >= until) throw new NoLeader(stream);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export class NoLeader extends FleetError {
  constructor(stream: string) {
    super(
      "log-unavailable",
      `no server of the NATS cluster leads the stream ${stream}: see "Damaged copies in a cluster" in infra/docs/operating.md if this lasts for minutes`,
    );
  }
}
