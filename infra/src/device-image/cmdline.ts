const TRIGGER = [/^systemd\.run=/, /^systemd\.run_success_action=/, /^systemd\.run_failure_action=/];
const UNIT = "systemd.unit=kernel-command-line.target";

/**
 * systemd runs the script instead of the ordinary start, and then restarts the device.
 *
 * Replaces the words of an earlier preparation.
 */
export function withFirstBoot(cmdline: string, script: string, country?: string): string {
  const words = cmdline
    .trim()
    .split(/\s+/)
    .filter((word) => word !== UNIT && !TRIGGER.some((pattern) => pattern.test(word)))
    .filter((word) => country === undefined || !word.startsWith("cfg80211.ieee80211_regdom="));
  const domain = country === undefined ? [] : [`cfg80211.ieee80211_regdom=${country}`];
  const actions = ["systemd.run_success_action=reboot", "systemd.run_failure_action=reboot", UNIT];
  return `${[...words, ...domain, `systemd.run=${script}`, ...actions].join(" ")}\n`;
}
