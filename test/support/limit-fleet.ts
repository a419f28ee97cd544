import { type Login, requestRaw } from "./raw-nats.ts";

interface FleetInfo {
  readonly config: object;
  readonly state: { readonly bytes: number };
}

/**
 * Changes FLEET's limit on a running server.
 * @param maxBytes at least the stream's size: with less, the server would delete events
 */
export async function limitFleet(port: number, maxBytes: (info: FleetInfo) => number, login?: Login): Promise<void> {
  const info = (await requestRaw(port, "$JS.API.STREAM.INFO.FLEET", {}, login)) as FleetInfo;
  const config = { ...info.config, max_bytes: maxBytes(info) };
  const { error } = (await requestRaw(port, "$JS.API.STREAM.UPDATE.FLEET", config, login)) as { error?: object };
  if (error !== undefined) throw new Error(JSON.stringify(error));
}
