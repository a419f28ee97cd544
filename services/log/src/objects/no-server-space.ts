import type { FleetError } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import type { JetStreamApiFailure } from "../jetstream/connection/api-error.ts";
import type { ServerConnection } from "../jetstream/connection/server-connection.ts";
import { accountFigures, RAISE_FILE_STORE } from "../jetstream/connection/server-space.ts";
import { storageFull } from "./object-store.ts";

/**
 * The error if nats-server has no space for the artifacts, although the artifacts are below their own limit.
 * @param bytes the limit of the artifacts, for which nats-server reserves space
 */
export async function noServerSpace(
  connection: ServerConnection,
  bytes: number,
  cause: JetStreamApiFailure,
): Promise<FleetError> {
  return storageFull({
    message: `nats-server has no space for the artifacts, which may have ${formatSize(bytes)} (${cause.message})`,
    advice: `${await accountFigures(connection)}${RAISE_FILE_STORE}, or lower FLEETLOG_ARTIFACTS_MAX_BYTES.`,
    cause,
  });
}
