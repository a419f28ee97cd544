import { expect, it } from "vitest";
import { axeViolations, overflow } from "../support/browser/accessibility.ts";
import { pressEnterOn } from "../support/browser/keyboard.ts";
import { browserSuite } from "../support/browser/suite.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";

browserSuite(
  "the pages of older systems' devices",
  (suite) => {
    const open = (localAddress: string) => {
      const port = suite.stack.gateways[0]?.process.ready.dialectPorts?.edgebind;
      return RawWebSocket.open(`ws://127.0.0.1:${port}`, { localAddress });
    };

    it("list a waiting client, and let it in by keyboard, on a phone in the dark theme", async () => {
      const page = await suite.browser.signIn("/onboarding/waiting", { width: 400, theme: "dark" });
      await page.getByText("Nobody waits").waitFor();
      const client = await open("127.5.0.1");
      await client.call("rpc.on", ["reboot"]);
      await page.getByText("listens to reboot").waitFor();
      expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
      await pressEnterOn(page, page.getByRole("button", { name: "Let in 127.5.0.1" }));
      const dialog = page.locator("fl-admit-dialog");
      const id = dialog.getByLabel("Id", { exact: true });
      await id.press("Enter");
      await dialog.getByText("A device needs an id.").waitFor();
      await id.fill("gate-1");
      expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
      await id.press("Enter");
      await page.getByText("127.5.0.1 is let in as gate-1").waitFor();
      await page.getByText("Nobody waits").waitFor();
      await page.goto("/devices/gate-1");
      await page.getByText("Let in by hand, for this session only").waitFor();
      await client.close();
    });

    it("register a device by its address, and show its first connection", async () => {
      const page = await suite.browser.signIn("/register");
      await page.getByLabel("Id", { exact: true }).fill("gate-2");
      await page.getByLabel("Kind").selectOption({ label: "An Edgebind program" });
      await page.getByText("Its credentials depend on its kind.").waitFor();
      const address = page.getByLabel("IP address");
      await address.fill("somewhere");
      suite.browser.complaints.expect(/400 .*\/api\/devices/);
      await page.getByRole("button", { name: "Register device" }).press("Enter");
      await page.getByText("address must be an IPv4 or IPv6 address").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await address.fill("127.5.0.2");
      await page.getByRole("button", { name: "Register device" }).press("Enter");
      await page.getByRole("heading", { name: "gate-2 is registered" }).waitFor();
      await page.getByText("a client that connects from 127.5.0.2").waitFor();
      const client = await open("127.5.0.2");
      await page.getByText("It is connected").waitFor();
      await page.getByRole("link", { name: "Its page", exact: true }).press("Enter");
      await page.getByText("What the device reports appears here.").waitFor();
      expect([await axeViolations(page), await overflow(page)]).toEqual([[], 0]);
      await client.close();
    });
  },
  { env: { FLEETLOG_EDGEBIND_PORT: "0" } },
);
