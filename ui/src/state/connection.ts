import { type FeedLog, type FeedStatus, type FeedViews, feed } from "../data/feed/feed.ts";
import { recovered } from "./recovery.ts";
import { Store } from "./store.ts";

export const connection = new Store<FeedStatus>(feed.status);
export const log = new Store<FeedLog>(feed.log);
export const views = new Store<FeedViews>(feed.views);

feed.addEventListener("status", () => {
  connection.set(feed.status);
  if (feed.status.state === "open") recovered();
});
feed.addEventListener("log", () => {
  const before = log.value.state;
  log.set(feed.log);
  if (before !== "ready" && feed.log.state === "ready") recovered();
});
feed.addEventListener("views", () => {
  const before = views.value.state;
  views.set(feed.views);
  if (before !== "current" && feed.views.state === "current") recovered();
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
