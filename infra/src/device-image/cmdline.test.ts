import { expect, it } from "vitest";
import { withFirstBoot } from "./cmdline.ts";

const SCRIPT = "/boot/firmware/fleetlog/first-boot.sh";
const TRIGGER = `systemd.run=${SCRIPT} systemd.run_success_action=reboot systemd.run_failure_action=reboot systemd.unit=kernel-command-line.target`;

it("adds the first start to the kernel's one line, and keeps the other words", () => {
  const found = withFirstBoot("console=tty1 root=PARTUUID=1-02 rootwait init=/usr/lib/firstboot\n", SCRIPT);
  expect(found).toBe(`console=tty1 root=PARTUUID=1-02 rootwait init=/usr/lib/firstboot ${TRIGGER}\n`);
});

it("replaces the words that an earlier preparation has added", () => {
  const once = withFirstBoot("root=1 cfg80211.ieee80211_regdom=GB", "/boot/first-boot.sh", "FR");
  expect(withFirstBoot(once, SCRIPT, "DE")).toBe(`root=1 cfg80211.ieee80211_regdom=DE ${TRIGGER}\n`);
  expect(withFirstBoot(once, SCRIPT)).toBe(`root=1 cfg80211.ieee80211_regdom=FR ${TRIGGER}\n`);
});
