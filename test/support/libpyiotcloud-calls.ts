import { expect } from "vitest";

/** The calls of libpyiotcloud, their parameters and the answers of its devices. Some answers depend on earlier calls. */
export const LIBPYIOTCLOUD_CALLS = [
  ["get_status", {}, { value: "running" }],
  ["set_gpio", { number: 12, value: 1 }, { number: 12, value: 1 }],
  ["get_gpio", { number: 12 }, { number: 12, value: 1 }],
  ["set_rtc", { value: 1_600_000_000 }, { value: 1_600_000_000 }],
  ["get_rtc", {}, { value: expect.any(Number) }],
  ["get_mac", {}, { value: expect.any(String) }],
  ["get_ip", {}, { value: expect.any(String) }],
  ["get_subnet", {}, { value: expect.any(String) }],
  ["get_gateway", {}, { value: expect.any(String) }],
  ["write_uart", { value: "hello" }, { value: "hello" }],
  ["set_status", { value: "restart" }, { value: "restarting" }],
] as const;
