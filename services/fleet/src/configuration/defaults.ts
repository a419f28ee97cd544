import type { DefaultsOfDevice } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";

export async function defaultsOf(
  { views }: Pick<Fleet, "views">,
  device: string,
  atLeast: number,
): Promise<DefaultsOfDevice> {
  const [found] = await views.query("configuration.defaults", { ids: [device] }, { atLeast, whenAway: "wait" });
  return (
    found ?? { device, gone: true, outlived: false, defaults: [], current: { revision: 0, own: {}, defaults: [] } }
  );
}
