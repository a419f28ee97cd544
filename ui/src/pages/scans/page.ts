import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const scansPage: Page = {
  path: paths.scans,
  tag: "fl-scans-page",
  title: () => "Scans",
  load: () => import("./scans-page.ts"),
  palette: [{ text: "Scans for updates", icon: "refresh", href: paths.scans }],
};
