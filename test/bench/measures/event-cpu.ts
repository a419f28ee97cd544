import type { Result } from "../measure.ts";

/** Microseconds of processor time for an event. */
export interface EventCpu {
  readonly server: number;
  readonly load: number;
  /** 0 without a gateway. */
  readonly gateway: number;
}

/**
 * Processor time of each process for an event, and the time that a goal leaves for any gateway. A goal of 2 means twice
 * the rate of nats-server's own MQTT: all processes together may then take half of the time for an event. The load
 * generator and JetStream take their parts of that, and the rest is left for the gateway.
 * @param append processor time of JetStream for a message with an id, in microseconds
 */
export function eventCpuResults(
  title: string,
  goal: number,
  { own, ours, append }: { readonly own: EventCpu; readonly ours: EventCpu; readonly append: number },
): readonly Result[] {
  const unit = "µs";
  const left = (own.server + own.load) / goal - ours.load - append;
  const figures = [
    ["nats-server's own MQTT", own.server],
    ["the load generator with it", own.load],
    ["the gateway's nats-server", ours.server],
    ["the load generator with the gateway", ours.load],
    ["JetStream alone, for a message with an id", append],
  ] as const;
  const reference = { name: `${goal} times nats-server's own MQTT leaves for any gateway`, value: left };
  return [
    ...figures.map(([who, value]) => ({ name: `CPU for an event, ${title}: ${who}`, value, unit })),
    { name: `CPU for an event, ${title}: the gateway`, value: ours.gateway, unit, reference },
  ];
}
