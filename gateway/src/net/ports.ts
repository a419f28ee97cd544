/** The ports that this node listens on. For a setting of 0 the system chooses one. Undefined: not open, or not yet. */
export interface Ports {
  http?: number;
  https?: number;
  mqtt?: number;
  mqtts?: number;
}
