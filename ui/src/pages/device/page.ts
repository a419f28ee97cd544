import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const devicePage: Page = {
  path: `${paths.fleet}/:device`,
  tag: "fl-device-page",
  title: ({ device = "" }) => device,
  load: () => import("./device-page.ts"),
};
