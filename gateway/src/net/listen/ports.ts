import type { GatewaySettings } from "../../settings/index.ts";

/** Ports that this node listens on; undefined while not open. */
export interface Ports {
  http?: number;
  https?: number;
  mqtt?: number;
  mqtts?: number;
  /** Ports of the dialects' own listeners, by the name of the dialect. */
  dialects?: Readonly<Record<string, number>>;
}

export function devicePorts(
  { mqtt, mqtts }: Ports,
  { mqttPort }: Pick<GatewaySettings, "mqttPort">,
): { readonly mqtt?: number; readonly mqtts?: number } {
  const plain = mqtt ?? (mqttPort === "off" ? undefined : mqttPort);
  return { ...(plain !== undefined && { mqtt: plain }), ...(mqtts !== undefined && { mqtts }) };
}
