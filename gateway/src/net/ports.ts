/** Ports that this node listens on; undefined while not open. */
export interface Ports {
  http?: number;
  https?: number;
  mqtt?: number;
  mqtts?: number;
  /** Of dialects' own listeners, by the dialect's name. */
  dialects?: Readonly<Record<string, number>>;
}
