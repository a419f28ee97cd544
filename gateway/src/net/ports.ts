/** The ports that this node listens on; a setting of 0 has the system choose one. Undefined: not open, or not yet. */
export interface Ports {
  http?: number;
  https?: number;
  mqtt?: number;
  mqtts?: number;
}
