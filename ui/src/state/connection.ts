import { type FeedStatus, feed } from "../data/feed/feed.ts";
import { Store } from "./store.ts";

/** Whether live changes arrive. */
export const connection = new Store<FeedStatus>(feed.status);

feed.addEventListener("status", () => connection.set(feed.status));
window.addEventListener("online", () => feed.nudge());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") feed.nudge();
});

export function retryNow(): void {
  feed.nudge();
}
