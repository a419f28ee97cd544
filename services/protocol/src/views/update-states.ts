/**
 * In the order in which a list shows them. `failed`: a catalogue gave no valid answer. `not-listed`: no catalogue has
 * anything for the device. `never`: the device was not compared with a catalogue yet.
 */
export const UPDATE_STATES = [
  "failed",
  "available",
  "blocked",
  "unclear",
  "up-to-date",
  "not-listed",
  "never",
] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];
