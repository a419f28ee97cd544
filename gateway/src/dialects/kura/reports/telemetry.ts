import type { EventReport, Telemetry } from "@fleetlog/protocol";
import type { KuraPayload, KuraPosition, MetricValue, TypeName } from "../payload/codec.ts";

const YEAR_10000 = 253_402_300_800_000;

/** Content of a message, without its topic. */
interface Content {
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  readonly types?: Readonly<Record<string, TypeName>>;
  readonly position?: KuraPosition;
  /** Base64. */
  readonly body?: string;
}

export function contentOf({ metrics, position, body }: KuraPayload): Content {
  const all = [...metrics];
  return {
    ...(all.length > 0 && {
      metrics: Object.fromEntries(all.map(([name, { value }]) => [name, value])),
      types: Object.fromEntries(all.map(([name, { type }]) => [name, type])),
    }),
    ...(position !== undefined && { position }),
    ...(body !== undefined && body.length > 0 && { body: Buffer.from(body).toString("base64") }),
  };
}

/**
 * A message on `<account>/<client>/<app>/<resource>`. Its metrics are in a member named `<app>/<resource>`, so that
 * equal metrics of two resources do not collide. The names of other members begin with `$`, which no application's name
 * does.
 */
export function telemetryOf(topic: readonly string[], payload: KuraPayload): Telemetry {
  const resource = topic.slice(2).join("/");
  const { metrics = {}, ...content } = contentOf(payload);
  const others = Object.entries(content).map(([name, value]) => [`$${name}`, value]);
  return { data: Object.fromEntries([...others, [resource, metrics]]), ...timeOf(payload) };
}

export function eventOf(name: string, data: unknown, payload: KuraPayload): EventReport {
  return { name, data, ...timeOf(payload) };
}

/** Empty for a time that RFC 3339 can't express. */
function timeOf({ timestamp }: KuraPayload): { readonly at?: string } {
  if (timestamp === undefined || timestamp < 0 || timestamp >= YEAR_10000) return {};
  return { at: new Date(timestamp).toISOString() };
}
