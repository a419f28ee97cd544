/** From this share of the fleet on, disconnected devices are many. */
const MANY_SHARE = 0.1;
const MOST_SHARE = 0.5;
/** Fewer disconnected devices than this count as few in a fleet of any size. */
const MIN_MANY = 3;

/** How much attention disconnected devices of a fleet need. */
export function weightOf(disconnected: number, total: number): "few" | "many" | "most" {
  if (disconnected < MIN_MANY || disconnected < total * MANY_SHARE) return "few";
  return disconnected <= total * MOST_SHARE ? "many" : "most";
}
