import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const waitingPage: Page = {
  path: paths.waiting,
  tag: "fl-waiting-page",
  title: () => "Waiting clients",
  load: () => import("./waiting-page.ts"),
  palette: [{ text: "Waiting clients", icon: "hourglass", href: paths.waiting }],
};
