import { encodeToken } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker, WaitingAtGateway } from "@fleetlog/protocol";

const MAX_BYTES = 64 * 1024 ** 2;
const TTL_MS = 30_000;

/** A client that is connected, and waits until a person lets it in. */
export type WaitingClient = Readonly<WaitingAtGateway["clients"][number]>;
const checkEntry = checker(WaitingAtGateway);

/** The waiting clients of each gateway. A list expires unless its gateway writes it again. */
export class WaitingStore {
  readonly #bucket: ReturnType<typeof openOnUse>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "waiting", { maxBytes: MAX_BYTES, ttlMs: TTL_MS });
  }

  async put(gateway: string, clients: readonly WaitingClient[]): Promise<void> {
    const bucket = await this.#bucket();
    const key = `gateway.${encodeToken(gateway)}`;
    if (clients.length === 0) await bucket.delete(key);
    else await bucket.put(key, { gateway, clients });
  }

  async list(): Promise<readonly (WaitingClient & { readonly gateway: string })[]> {
    const entries = await (await this.#bucket()).entries("gateway.");
    return entries.flatMap(({ value }) => {
      const checked = checkEntry(value);
      if (!checked.ok) return [];
      const { gateway, clients } = checked.value;
      return clients.map((client) => ({ ...client, gateway }));
    });
  }
}
