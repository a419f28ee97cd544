import { unreachable } from "../errors.ts";
import { ERR_CODE, JetStreamApiFailure, kindOf } from "../jetstream/connection/api-error.ts";
import type { ServerConnection } from "../jetstream/connection/server-connection.ts";
import { noServerSpace } from "./no-server-space.ts";

/** An object store's stream `OBJ_<bucket>`. */
export interface ObjectStreamDeclaration {
  readonly bucket: string;
  readonly maxBytes: number;
  /** In a cluster: 1 or 3. */
  readonly replicas: number;
}

interface StreamInfo {
  readonly config: { readonly max_bytes: number; readonly num_replicas: number };
  readonly state: { readonly bytes: number };
}

/** The limit is never below the stored bytes. @throws FleetError `storage-full`, `log-unavailable` */
export async function ensureObjectStream(
  connection: ServerConnection,
  declared: ObjectStreamDeclaration,
): Promise<void> {
  const { bucket, maxBytes, replicas } = declared;
  const name = `OBJ_${bucket}`;
  // Looks first: without free space, nats-server refuses to create a stream, even one that exists and has its space.
  const existing = (await find(connection, name)) ?? (await create(connection, name, declared));
  if (existing === undefined) return;
  const { config, state } = existing;
  const max_bytes = Math.max(maxBytes, state.bytes);
  if (config.max_bytes === max_bytes && config.num_replicas === replicas) return;
  await connection
    .api(`$JS.API.STREAM.UPDATE.${name}`, { ...config, max_bytes, num_replicas: replicas })
    .catch(async (failure: unknown) => {
      throw failure instanceof JetStreamApiFailure ? await refusal(connection, max_bytes, failure) : failure;
    });
  connection.logger.info({ stream: name, maxBytes: max_bytes, replicas }, "stream configuration updated");
}

async function find(connection: ServerConnection, name: string): Promise<StreamInfo | undefined> {
  try {
    return await connection.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`);
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    if (error.body.err_code === ERR_CODE.streamNotFound) return undefined;
    throw unreachable(error);
  }
}

/** Resolves with the stream if another process has just created it. */
async function create(
  connection: ServerConnection,
  name: string,
  declared: ObjectStreamDeclaration,
): Promise<StreamInfo | undefined> {
  try {
    await connection.api(`$JS.API.STREAM.CREATE.${name}`, configOf(declared));
    return undefined;
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    const found = await find(connection, name);
    if (found === undefined) throw await refusal(connection, declared.maxBytes, error);
    return found;
  }
}

async function refusal(connection: ServerConnection, maxBytes: number, error: JetStreamApiFailure): Promise<Error> {
  return kindOf(error.body) === "full" ? noServerSpace(connection, maxBytes, error) : unreachable(error);
}

function configOf({ bucket, maxBytes, replicas }: ObjectStreamDeclaration): object {
  return {
    name: `OBJ_${bucket}`,
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    retention: "limits",
    storage: "file",
    discard: "new",
    max_bytes: maxBytes,
    num_replicas: replicas,
    allow_direct: true,
    allow_rollup_hdrs: true,
  };
}
