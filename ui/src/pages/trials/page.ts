import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";

export const trialsPage: Page = {
  path: paths.trials,
  tag: "fl-trials-page",
  title: () => "Trials",
  load: () => import("./trials-page.ts"),
  palette: [{ text: "Try another time-out or lease", icon: "history", href: paths.trials, shown: mayReadHistory }],
};
