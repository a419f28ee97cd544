/** Why nothing is read from a peer at the moment; bits. */
export const HOLD = {
  /** A packet is being handled whose answer must come before the next packet is read. */
  busy: 1,
  /** As many reports as may be are on their way to the log. */
  inFlight: 2,
  /** The log takes nothing. */
  log: 4,
  /** The device is over its rate. */
  rate: 8,
  /** The peer does not read what it is sent. */
  drain: 16,
} as const;
