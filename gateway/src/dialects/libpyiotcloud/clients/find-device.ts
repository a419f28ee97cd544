import { FleetError, isDeviceId, type Scope } from "@fleetlog/domain";
import type { DialectHttpContext } from "../../../http/context.ts";
import { readerOptions } from "../../../http/input/reader-options.ts";

/** Finds devices by their names, in an account. A device without a name is found by its id. */
export class DevicesByName {
  readonly #context: Pick<DialectHttpContext, "fleet" | "notifiedSeq">;
  #written = 0;

  constructor(context: Pick<DialectHttpContext, "fleet" | "notifiedSeq">) {
    this.#context = context;
    // After an outage, there may be another log, whose sequences begin again.
    context.fleet.log.onStatus((status) => {
      if (status === "away") this.#written = 0;
    });
  }

  /** To be called after each change, so that clients read their own writes. */
  noteWritten(seq: number): void {
    this.#written = Math.max(this.#written, seq);
  }

  /** Sequence of the newest change that this node has seen. */
  get newest(): number {
    return Math.max(this.#written, this.#context.notifiedSeq());
  }

  /** The oldest device with this name. If the views do not know it, asks again when they include the whole log. */
  async find(account: string, name: string, scope: Scope): Promise<string | undefined> {
    const known = await this.#find(account, name, scope, this.newest);
    if (known !== undefined) return known;
    const { lastSeq } = await this.#context.fleet.log.state("FLEET");
    return this.#find(account, name, scope, lastSeq);
  }

  /** @throws FleetError `device-unknown` */
  async mustFind(account: string, name: string, scope: Scope): Promise<string> {
    const device = await this.find(account, name, scope);
    if (device === undefined) throw new FleetError("device-unknown", "there is no device of this name");
    return device;
  }

  async #find(account: string, name: string, scope: Scope, atLeast: number): Promise<string | undefined> {
    const { views } = this.#context.fleet;
    const options = { scope, ...readerOptions(atLeast) };
    const [named] = await views.query("devices.named", { account, name }, options);
    if (named !== undefined || !isDeviceId(name)) return named;
    const found = await views.query("devices.get", { id: name }, options);
    const isUnnamed = found !== null && found.name === undefined && found.status !== "retired";
    return isUnnamed && found.account === account ? name : undefined;
  }
}
