/** `failed`: a catalogue gave no valid answer. `not-listed`: no catalogue has anything for the device. */
export const UPDATE_STATES = ["failed", "available", "blocked", "unclear", "up-to-date", "not-listed"] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];
