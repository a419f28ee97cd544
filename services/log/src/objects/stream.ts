import { unreachable } from "../errors.ts";
import { isCreatedByOther, JetStreamApiFailure, kindOf } from "../jetstream/api-error.ts";
import type { Link } from "../jetstream/link.ts";
import { storageFull } from "./object-store.ts";

/** The name of the bucket that holds the bytes of artifacts. */
export const ARTIFACTS_BUCKET = "artifacts";

/** The stream `OBJ_<bucket>` of an object store. */
export interface ObjectStreamDeclaration {
  readonly bucket: string;
  /** Full, it refuses new bytes. */
  readonly maxBytes: number;
  /** Number of replicas in a cluster: 1 or 3. */
  readonly replicas: number;
}

interface StreamInfo {
  readonly config: { readonly max_bytes: number; readonly num_replicas: number };
  readonly state: { readonly bytes: number };
}

/**
 * Creates the stream, or changes its limit. A limit below what is stored is not set, because nothing could be deleted then.
 * @throws FleetError `storage-full` if the server has no space for it, `log-unavailable`
 */
export async function ensureObjectStream(link: Link, declared: ObjectStreamDeclaration): Promise<void> {
  const { bucket, maxBytes, replicas } = declared;
  const name = `OBJ_${bucket}`;
  try {
    await link.api(`$JS.API.STREAM.CREATE.${name}`, configOf(declared));
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    if (!isCreatedByOther(error.body.err_code)) throw refusal(error);
    const { config, state } = await link.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`).catch((failure: unknown) => {
      throw failure instanceof JetStreamApiFailure ? refusal(error) : failure;
    });
    const max_bytes = Math.max(maxBytes, state.bytes);
    if (config.max_bytes === max_bytes && config.num_replicas === replicas) return;
    await link
      .api(`$JS.API.STREAM.UPDATE.${name}`, { ...config, max_bytes, num_replicas: replicas })
      .catch((failure: unknown) => {
        throw failure instanceof JetStreamApiFailure ? refusal(failure) : failure;
      });
    link.logger.info({ stream: name, maxBytes: max_bytes, replicas }, "stream configuration updated");
  }
}

function refusal(error: JetStreamApiFailure): Error {
  return kindOf(error.body) === "full" ? storageFull(error) : unreachable(error);
}

/** As the client library configures it. */
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
