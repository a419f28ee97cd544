import { DEVICE_PATH, type ProvisionEndpoints } from "@fleetlog/protocol";
import type { Ports } from "../net/listen/ports.ts";

export interface EndpointsOptions {
  readonly publicUrl: string | undefined;
  /** The listening address; used only without a public URL. */
  readonly host: string;
  readonly ports: Ports;
}

export function endpointsOf({ publicUrl, host, ports }: EndpointsOptions): ProvisionEndpoints {
  const http = new URL(publicUrl ?? ownUrl(host, ports));
  const base = http.href.replace(/\/+$/, "");
  const websocket = `${base.replace(/^http/, "ws")}${DEVICE_PATH}`;
  const mqtt =
    ports.mqtts === undefined
      ? ports.mqtt && `mqtt://${http.hostname}:${ports.mqtt}`
      : `mqtts://${http.hostname}:${ports.mqtts}`;
  return { ...(mqtt && { mqtt }), websocket, http: base };
}

function ownUrl(host: string, { http, https }: Ports): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return https === undefined ? `http://${name}:${http ?? 80}` : `https://${name}:${https}`;
}
