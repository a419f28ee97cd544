import { formatSize } from "@fleetlog/runtime";
import type { ServerConnection } from "./server-connection.ts";

/** Answer to `$JS.API.INFO`. `reserved_storage` came with nats-server 2.10. */
interface AccountInfo {
  readonly storage?: number;
  readonly reserved_storage?: number;
  /** -1: no limit of the account, only the server's. */
  readonly limits?: { readonly max_storage?: number };
}

export const RAISE_FILE_STORE =
  "Raise max_file_store of nats-server's jetstream block, and the account's limit if it has one, to the sum of all streams' limits, plus 8GiB for the rest";

/**
 * A sentence about the space of Fleetlog's account, with a space after it; empty if the server does not answer.
 * nats-server tells a client only the account's limits, not those of the server.
 */
export async function accountFigures(connection: Pick<ServerConnection, "api">): Promise<string> {
  const account = await connection.api<AccountInfo>("$JS.API.INFO").catch(() => undefined);
  if (account?.storage === undefined) return "";
  const { storage, reserved_storage: reserved, limits } = account;
  const max = limits?.max_storage ?? -1;
  const figures = [
    `The account of Fleetlog stores ${formatSize(storage)}`,
    ...(reserved === undefined ? [] : [`has reserved ${formatSize(reserved)}`]),
    max < 0 ? "and has no limit of its own" : `and may have ${formatSize(max)}`,
  ];
  return `${figures.join(", ")}. `;
}
