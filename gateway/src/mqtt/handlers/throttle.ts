import { HOLD } from "../flow/intake.ts";
import type { OpenConnection } from "./handler.ts";

/** Counts events and bytes. Over a rate limit, stops reading for a while, so that TCP slows the device down. */
export function throttle(connection: OpenConnection, events: number, bytes: number): void {
  const wait = connection.session.throttle(events, bytes);
  if (wait === 0) return;
  connection.hold(HOLD.rate);
  setTimeout(() => connection.release(HOLD.rate), wait).unref();
}
