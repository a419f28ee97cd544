import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";

export const changesPage: Page = {
  path: paths.changes,
  tag: "fl-changes-page",
  title: () => "What changed",
  load: () => import("./changes-page.ts"),
  palette: [{ text: "What changed", icon: "history", href: paths.changes, shown: mayReadHistory }],
  navigation: { text: "History", icon: "history", key: "q", shown: mayReadHistory },
};
