import { type FeedLog, type FeedStatus, feed } from "../data/feed/feed.ts";
import { recovered } from "./recovery.ts";
import { Store } from "./store.ts";

/** Whether live changes arrive. */
export const connection = new Store<FeedStatus>(feed.status);
/** State of the log, as last reported by the gateway. */
export const log = new Store<FeedLog>(feed.log);

feed.addEventListener("status", () => {
  connection.set(feed.status);
  if (feed.status.state === "open") recovered();
});
feed.addEventListener("log", () => {
  const before = log.value.state;
  log.set(feed.log);
  if (before !== "ready" && feed.log.state === "ready") recovered();
});
window.addEventListener("online", () => {
  feed.nudge();
  recovered();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") feed.nudge();
});

export function retryNow(): void {
  feed.nudge();
}
