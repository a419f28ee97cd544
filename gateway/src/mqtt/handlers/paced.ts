import { HOLD } from "../flow/intake.ts";
import type { OpenConnection } from "./handler.ts";

/** Counts for the device's rate; over it nothing is read for a while, which its own TCP window tells the device. */
export function paced(connection: OpenConnection, events: number): void {
  const wait = connection.session.throttle(events);
  if (wait === 0) return;
  connection.hold(HOLD.rate);
  setTimeout(() => connection.release(HOLD.rate), wait).unref();
}
