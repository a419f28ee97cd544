import { FleetError, invalid, isDeviceId, type Scope } from "@fleetlog/domain";
import { type HistorianIncidentRequest, INCIDENT, IncidentRequest } from "@fleetlog/protocol";
import Type from "typebox";
import { checkSelection, listedDevices } from "../access/selected.ts";
import type { Moment, PastDevices } from "../moments/as-of.ts";
import type { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import type { Bundles } from "./bundles.ts";

/** Maximum number of FLEET sequences in one bundle. All their entries are read for the proof. */
const MOST_SEQS = 5_000_000;
/** Maximum number of devices in one bundle. */
const MOST_DEVICES = 5_000;

const Request = Type.Object(
  { ...IncidentRequest.properties, messages: Type.Boolean(), scope: Type.Optional(CallScope) },
  { additionalProperties: false },
);

export interface IncidentCallOptions {
  readonly devices: Pick<PastDevices, "visibleDevices" | "hasDevice" | "devicesOf">;
  readonly moments: Pick<CallMoments, "resolve" | "start">;
  readonly bundles: Pick<Bundles, "make">;
}

/** A span of history of some devices, as the text of a signed file. */
export function incidentCall({ devices, moments, bundles }: IncidentCallOptions): Call {
  /**
   * The moment before the span's first event. A sequence `from` is that of the first event. A time `from` is the time
   * of that moment.
   */
  const startOf = (from: string | number) => moments.start(typeof from === "number" ? from - 1 : from);

  async function expectVisible(ids: readonly string[], scope: Scope | undefined, seq: number): Promise<void> {
    const all = await devices.visibleDevices(scope, seq);
    const visible = all && new Set(all);
    for (const id of ids) {
      const isVisible = visible === undefined ? isDeviceId(id) && (await devices.hasDevice(id)) : visible.has(id);
      if (!isVisible) throw new FleetError("device-unknown", `there is no device ${id}`, { field: "devices" });
    }
  }

  /** The devices of the group, or without a group all devices that the caller may see; sorted. */
  async function listed(
    { group, account, scope }: HistorianIncidentRequest,
    from: Moment,
    to: Moment,
  ): Promise<readonly string[]> {
    const field = group === undefined ? "devices" : "group";
    const found = await listedDevices(devices, { group, account, scope }, from, to);
    if (found.length === 0) throw invalid(field, "there was no such device at the beginning or the end");
    if (found.length <= MOST_DEVICES) return found.toSorted();
    throw invalid(
      field,
      `a bundle has at most ${MOST_DEVICES} devices, and these are ${found.length}; ask for a smaller group`,
    );
  }

  return {
    name: INCIDENT,
    request: Request,
    async answer(request: HistorianIncidentRequest) {
      const { to, devices: asked, group, account, messages, scope } = request;
      if (asked !== undefined && group !== undefined) throw invalid("group", "devices and group exclude each other");
      checkSelection({ group, account });
      const [before, last] = [await startOf(request.from), await moments.resolve(to, "to")];
      const firstSeq = before.seq + 1;
      if (last.seq < firstSeq)
        throw invalid("to", "the end (to) must be later than the beginning (from), with events between them");
      if (last.seq - before.seq > MOST_SEQS) {
        throw invalid("to", `a bundle has at most ${MOST_SEQS} sequences of the log; ask for less time`);
      }
      const ids = asked ? [...new Set(asked)].sort() : await listed(request, before, last);
      if (asked) await expectVisible(ids, scope, before.seq);
      const from = before.seq === 0 ? undefined : before.at;
      return bundles.make({ firstSeq, lastSeq: last.seq, from, to: last.at, devices: ids }, messages);
    },
  };
}
