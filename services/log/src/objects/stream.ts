import { unreachable } from "../errors.ts";
import { isCreatedByOther, JetStreamApiFailure, kindOf } from "../jetstream/api-error.ts";
import type { Link } from "../jetstream/link.ts";
import { noServerSpace } from "./no-server-space.ts";

export const ARTIFACTS_BUCKET = "artifacts";

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
export async function ensureObjectStream(link: Link, declared: ObjectStreamDeclaration): Promise<void> {
  const { bucket, maxBytes, replicas } = declared;
  const name = `OBJ_${bucket}`;
  try {
    await link.api(`$JS.API.STREAM.CREATE.${name}`, configOf(declared));
  } catch (error) {
    if (!(error instanceof JetStreamApiFailure)) throw error;
    if (!isCreatedByOther(error.body.err_code)) throw await refusal(link, maxBytes, error);
    const { config, state } = await link.api<StreamInfo>(`$JS.API.STREAM.INFO.${name}`).catch((failure: unknown) => {
      throw failure instanceof JetStreamApiFailure ? unreachable(error) : failure;
    });
    const max_bytes = Math.max(maxBytes, state.bytes);
    if (config.max_bytes === max_bytes && config.num_replicas === replicas) return;
    await link
      .api(`$JS.API.STREAM.UPDATE.${name}`, { ...config, max_bytes, num_replicas: replicas })
      .catch(async (failure: unknown) => {
        throw failure instanceof JetStreamApiFailure ? await refusal(link, max_bytes, failure) : failure;
      });
    link.logger.info({ stream: name, maxBytes: max_bytes, replicas }, "stream configuration updated");
  }
}

async function refusal(link: Link, maxBytes: number, error: JetStreamApiFailure): Promise<Error> {
  return kindOf(error.body) === "full" ? noServerSpace(link, maxBytes, error) : unreachable(error);
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
