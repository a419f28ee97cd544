import { expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { browserSuite } from "../support/browser/suite.ts";
import { eventually } from "../support/eventually.ts";

const SCHEMA = {
  type: "object",
  properties: {
    interval: { type: "integer", title: "Interval", minimum: 1 },
    unit: { enum: ["C", "F"], title: "Unit" },
  },
};

browserSuite("an operator who configures devices on the pages", (suite) => {
  const desired = async (id: string) =>
    (await suite.stack.api.call<{ desired: unknown; revision: number }>("GET", `/api/devices/${id}/configuration`))
      .body;

  it("sees a conflict after somebody else has saved first, and can merge the changes or overwrite them", async () => {
    await suite.stack.api.register("oven", { tags: ["bakery"] });
    const type = { schema: SCHEMA, configuration: { interval: 60, unit: "C" } };
    await suite.stack.api.call("PUT", "/api/device-types/oven", type);
    await suite.stack.api.call("PATCH", "/api/devices/oven", { type: "oven" });
    await eventually(async () => expect(await desired("oven")).toMatchObject({ revision: 1 }));
    const [ann, bob] = [
      await suite.browser.signIn("/devices/oven"),
      await suite.browser.signIn("/devices/oven", { width: 400 }),
    ];
    const edit = async (page: typeof ann) => {
      await page.locator("fl-configuration-card").getByRole("button", { name: "Edit configuration" }).click();
      return page.locator("fl-configuration-dialog");
    };
    const [anns, bobs] = [await edit(ann), await edit(bob)];
    await anns.getByLabel("Interval").fill("30");
    await bobs.getByLabel("Unit").selectOption({ label: "F" });
    suite.browser.complaints.expect(/412 .*\/api\/devices\/oven\/configuration/);
    await anns.getByRole("button", { name: "Save" }).click();
    await anns.waitFor({ state: "detached" });
    await bobs.getByRole("button", { name: "Save" }).click();
    const conflict = bobs.getByText("Somebody else has changed it meanwhile.");
    await conflict.waitFor();
    await bobs.getByText("/interval: 60 → 30").waitFor();
    expect(await overflow(bob)).toBe(0);
    expect(await axeViolations(bob)).toEqual([]);
    await bobs.getByRole("button", { name: "Merge my changes into theirs" }).click();
    await conflict.waitFor({ state: "detached" });
    await bobs.getByRole("button", { name: "Save" }).click();
    await bobs.waitFor({ state: "detached" });
    expect(await desired("oven")).toMatchObject({ desired: { interval: 30, unit: "F" }, revision: 3 });

    const again = await edit(ann);
    await suite.stack.api.call("PUT", "/api/devices/oven/configuration", { values: { interval: 1 } });
    await again.getByLabel("Interval").fill("99");
    await again.getByRole("button", { name: "Save" }).click();
    await again.getByRole("button", { name: "Overwrite theirs" }).click();
    await again.waitFor({ state: "detached" });
    await eventually(async () =>
      expect(await desired("oven")).toMatchObject({ desired: { interval: 99 }, revision: 5 }),
    );
    await ann.getByText("Revisions").click();
    await ann.locator("li", { hasText: "admin" }).first().waitFor();
    await ann.getByRole("button", { name: "Restore" }).last().click();
    await eventually(async () =>
      expect(await desired("oven")).toMatchObject({ desired: { interval: 60, unit: "C" }, revision: 6 }),
    );
    await ann.getByText("Configuration 1 restored as 6").waitFor();
  });

  it("defines a device type with a preview of its form, and saves the fleet's filter as a group", async () => {
    await suite.stack.api.register("lamp", { tags: ["roof"] });
    const page = await suite.browser.signIn("/device-types");
    await page.getByRole("button", { name: "New type" }).click();
    const dialog = page.locator("fl-type-dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("lamp");
    await dialog.getByLabel("Schema of the configuration").fill(JSON.stringify(SCHEMA));
    await dialog.getByRole("region", { name: "Preview of the form" }).getByLabel("Interval").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    suite.browser.complaints.expect(/400 .*\/api\/device-types\/lamp/);
    await dialog.getByLabel("Default configuration").fill('{"interval":0}');
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("configuration.interval must be 1 or more").waitFor();
    await dialog.getByLabel("Default configuration").fill('{"interval":5}');
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "lamp" }).waitFor();

    await page.goto("/devices?tag=roof");
    await page.getByRole("button", { name: "Save as a group" }).click();
    await page.locator("fl-group-dialog").getByLabel("Name", { exact: true }).fill("roof");
    await page.locator("fl-group-dialog").getByRole("button", { name: "Save" }).click();
    await page.goto("/groups");
    await page.getByRole("link", { name: "1 device" }).click();
    await page.getByText("Group roof").waitFor();
    await page.getByText("1 device", { exact: true }).waitFor();
  });
});
