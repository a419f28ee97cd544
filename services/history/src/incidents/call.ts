import { FleetError, invalid, isDeviceId, type Scope } from "@fleetlog/domain";
import { type HistorianIncidentRequest, INCIDENT, IncidentRequest } from "@fleetlog/protocol";
import Type from "typebox";
import type { PastDevices } from "../as-of/as-of.ts";
import type { CallMoments } from "../as-of/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import { CallScope } from "../requests/scope.ts";
import type { Bundles } from "./bundles.ts";

/** Sequences of FLEET that one bundle spans; all are read, for their proof. */
const MOST_SEQS = 5_000_000;

const Request = Type.Object(
  { ...IncidentRequest.properties, messages: Type.Boolean(), scope: Type.Optional(CallScope) },
  { additionalProperties: false },
);

export interface IncidentCallOptions {
  readonly devices: Pick<PastDevices, "visibleDevices" | "hasDevice">;
  readonly moments: Pick<CallMoments, "resolve">;
  readonly bundles: Pick<Bundles, "make">;
}

/** A span of history of some devices, as the text of a signed file. */
export function incidentCall({ devices, moments, bundles }: IncidentCallOptions): Call {
  /** The event before the span: a sequence is its first, a time is before its first, and may be before the log. */
  async function startOf(from: string | number): Promise<{ readonly seq: number; readonly at?: string }> {
    if (from === 1) return { seq: 0 };
    try {
      return await moments.resolve(typeof from === "number" ? from - 1 : from, "from");
    } catch (error) {
      if (typeof from === "number") throw error;
      const first = await moments.resolve(1, "from");
      if (Date.parse(from) < Date.parse(first.at)) return { seq: 0 };
      throw error;
    }
  }

  async function expectVisible(ids: readonly string[], scope: Scope | undefined, seq: number): Promise<void> {
    const all = await devices.visibleDevices(scope, seq);
    const visible = all && new Set(all);
    for (const id of ids) {
      const isVisible = visible === undefined ? isDeviceId(id) && (await devices.hasDevice(id)) : visible.has(id);
      if (!isVisible) throw new FleetError("device-unknown", `there is no device ${id}`, { field: "devices" });
    }
  }

  return {
    name: INCIDENT,
    request: Request,
    async answer({ from, to, devices: asked, messages, scope }: HistorianIncidentRequest) {
      const [before, last] = [await startOf(from), await moments.resolve(to, "to")];
      const firstSeq = before.seq + 1;
      if (last.seq < firstSeq) throw invalid("to", "to must be later than from, with events between them");
      if (last.seq - before.seq > MOST_SEQS) {
        throw invalid("to", `a bundle has at most ${MOST_SEQS} sequences of the log; ask for less time`);
      }
      const ids = [...new Set(asked)].sort();
      await expectVisible(ids, scope, before.seq);
      return bundles.make({ firstSeq, lastSeq: last.seq, from: before.at, to: last.at, devices: ids }, messages);
    },
  };
}
