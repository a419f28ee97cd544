/** Details of sessions' ends. */
export const RETIRED = "the device was retired";
export const MOVED = "the device was moved to another account";
/** Agents recognise the first word. */
export const SUPERSEDED = "superseded by a newer connection of this device";
