import type { Page } from "../../components/page.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";

export const changesPage: Page = {
  path: paths.changes,
  tag: "fl-changes-page",
  title: () => "What changed",
  load: () => import("./changes-page.ts"),
  navigation: { text: "What changed", icon: "history", key: "w", shown: mayReadHistory },
};
