import type { Page } from "../../components/page.ts";

export const devicePage: Page = {
  path: "/devices/:device",
  tag: "fl-device-page",
  title: ({ device = "" }) => device,
  load: () => import("./device-page.ts"),
};
