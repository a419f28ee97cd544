import { requestRaw } from "./raw-nats.ts";

interface FleetInfo {
  readonly config: object;
  readonly state: { readonly bytes: number };
}

/**
 * Gives FLEET another limit on the server that runs, past all settings.
 * @param maxBytes not less than it holds: the server would delete history for it
 */
export async function limitFleet(port: number, maxBytes: (info: FleetInfo) => number): Promise<void> {
  const info = (await requestRaw(port, "$JS.API.STREAM.INFO.FLEET")) as FleetInfo;
  const config = { ...info.config, max_bytes: maxBytes(info) };
  const { error } = (await requestRaw(port, "$JS.API.STREAM.UPDATE.FLEET", config)) as { error?: object };
  if (error !== undefined) throw new Error(JSON.stringify(error));
}
