import { FleetError, type Scope } from "@fleetlog/domain";
import { type QueryOptions, revisionOf } from "@fleetlog/fleet";
import { type DeviceDetail, type DeviceResource, profileFault } from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { WrittenSeq } from "../written.ts";
import { lastRefusedOf } from "./last-refused.ts";

/** Number of rows that always fit into one answer of the views. */
const ROWS_AT_ONCE = 64;

/** Reads devices, with all changes that this node has made. */
export class DeviceReader {
  readonly written: WrittenSeq;
  readonly #context: Pick<HttpContext, "fleet" | "notifiedSeq">;

  constructor(context: Pick<HttpContext, "fleet" | "notifiedSeq">) {
    this.#context = context;
    this.written = new WrittenSeq(context.fleet.log);
  }

  /** The sequence that answers must include. */
  get newest(): number {
    return Math.max(this.written.seq, this.#context.notifiedSeq());
  }

  async rows(ids: readonly string[], scope: Scope): Promise<DeviceResource[]> {
    const { views } = this.#context.fleet;
    const parts: string[][] = [];
    for (let i = 0; i < ids.length; i += ROWS_AT_ONCE) parts.push(ids.slice(i, i + ROWS_AT_ONCE));
    const found = parts.map((part) =>
      views.query("devices.rows", { ids: part }, { scope, ...readerOptions(this.newest) }),
    );
    return (await Promise.all(found)).flat();
  }

  async detail(
    id: string,
    scope: Scope,
    atLeast = 0,
    whenAway: NonNullable<QueryOptions["whenAway"]> = "wait",
  ): Promise<DeviceDetail> {
    const { log, views } = this.#context.fleet;
    const [device, session, command, configuration, lastRefused] = await Promise.all([
      log.last("device", id),
      log.last("session", id),
      log.last("command", id),
      log.last("configuration", id),
      lastRefusedOf(log, id),
    ]);
    const lasts = [device, session, command, configuration].map((event) => event?.seq ?? 0);
    const last = Math.max(atLeast, this.newest, ...lasts);
    const options = { scope, ...readerOptions(last), whenAway };
    const found = device === undefined ? null : await views.query("devices.get", { id }, options);
    if (found === null) throw new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
    const fault = found.profile === undefined ? undefined : profileFault(found.profile);
    return {
      ...found,
      ...(fault !== undefined && { profileFault: fault }),
      // A log-in that was refused before the registration was that of an earlier device with this id.
      ...(lastRefused !== undefined && lastRefused.at >= found.registeredAt && { lastRefused }),
    };
  }
}

/** Depends only on properties that people may change. A device's own reports do not change the ETag. */
export function etagOf(device: DeviceDetail): string {
  return `"${revisionOf({ ...device, type: device.typeSet })}"`;
}
