import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const deviceTypesPage: Page = {
  path: paths.deviceTypes,
  tag: "fl-device-types-page",
  title: () => "Device types",
  load: () => import("./device-types-page.ts"),
  navigation: { text: "Types", icon: "archive", key: "t" },
};
