import { FleetError, isDeviceId } from "@fleetlog/domain";
import { checker, StartReplay } from "@fleetlog/protocol";
import { parseMoment } from "@fleetlog/runtime";
import Type from "typebox";

/** The replay that an id describes. */
export interface ReplayPlan {
  /** FLEET sequences, or times (RFC 3339, UTC). */
  readonly from: string | number;
  readonly to: string | number;
  readonly speed: number;
  readonly device?: string;
  readonly content: "events" | "positions";
}

const { from, speed, device } = StartReplay.properties;
const check = checker(
  Type.Tuple([
    from,
    from,
    Type.Number({ ...speed }),
    Type.Union([device, Type.Null()]),
    Type.Enum(["events", "positions"]),
  ]),
  "id",
);
const LONGEST = 1_024;

/**
 * The id contains the whole plan, so any gateway can play it at any time, and none has to store it. The id gives no
 * access.
 */
export function replayId({ from, to, speed, device, content }: ReplayPlan): string {
  return Buffer.from(JSON.stringify([from, to, speed, device ?? null, content])).toString("base64url");
}

/** @throws FleetError `not-found` */
export function planOf(id: string): ReplayPlan {
  const checked = check(id.length > LONGEST ? undefined : parsed(id));
  if (!checked.ok) throw unknown(id);
  const [from, to, speed, device, content] = checked.value;
  for (const at of [from, to]) if (typeof at === "string" && parseMoment(at) === undefined) throw unknown(id);
  if (device !== null && !isDeviceId(device)) throw unknown(id);
  return { from, to, speed, content, ...(device !== null && { device }) };
}

function parsed(id: string): unknown {
  try {
    return JSON.parse(Buffer.from(id, "base64url").toString());
  } catch {
    return undefined;
  }
}

function unknown(id: string): FleetError {
  return new FleetError("not-found", `there is no replay ${id.slice(0, 64)}`, {
    field: "id",
    advice: "Begin one with POST /api/history/replays.",
  });
}
