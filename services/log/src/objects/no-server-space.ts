import type { FleetError } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import type { JetStreamApiFailure } from "../jetstream/api-error.ts";
import type { Link } from "../jetstream/link.ts";
import { storageFull } from "./object-store.ts";

/** Answer to `$JS.API.INFO`. `reserved_storage` came with nats-server 2.10. */
interface AccountInfo {
  readonly storage?: number;
  readonly reserved_storage?: number;
  /** -1: no limit of the account, only the server's. */
  readonly limits?: { readonly max_storage?: number };
}

const RAISE =
  "Raise max_file_store of nats-server's jetstream block, and the account's limit if it has one, to the limits of all streams and 8GiB for the rest, or lower FLEETLOG_ARTIFACTS_MAX_BYTES.";

/**
 * The error for artifacts for which nats-server itself has no space, although their own limit is not reached. A client is
 * not told what the server may store, only what the account may.
 * @param bytes the limit of the artifacts, which nats-server reserves
 */
export async function noServerSpace(link: Link, bytes: number, cause: JetStreamApiFailure): Promise<FleetError> {
  const account = await link.api<AccountInfo>("$JS.API.INFO").catch(() => undefined);
  return storageFull({
    message: `nats-server has no space for the artifacts, which may have ${formatSize(bytes)} (${cause.message})`,
    advice: `${figuresOf(account)}${RAISE}`,
    cause,
  });
}

function figuresOf({ storage, reserved_storage: reserved, limits }: AccountInfo = {}): string {
  if (storage === undefined) return "";
  const max = limits?.max_storage ?? -1;
  const figures = [
    `The account of Fleetlog stores ${formatSize(storage)}`,
    ...(reserved === undefined ? [] : [`has reserved ${formatSize(reserved)}`]),
    max < 0 ? "and has no limit of its own" : `and may have ${formatSize(max)}`,
  ];
  return `${figures.join(", ")}. `;
}
