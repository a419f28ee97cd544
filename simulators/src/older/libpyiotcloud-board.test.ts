import { expect, it } from "vitest";
import { LibpyiotcloudBoard } from "./libpyiotcloud-board.ts";

it("the board answers twelve calls, keeps its pins and its clock, and answers no other call", () => {
  const board = new LibpyiotcloudBoard(() => 1_000_000);
  expect(board.answer("get_gpio", { number: 3 })).toEqual({ number: 3, value: 0 });
  expect(board.answer("set_gpio", { number: 3, value: 1 })).toEqual({ number: 3, value: 1 });
  expect(board.answer("get_gpio", { number: 3 })).toEqual({ number: 3, value: 1 });
  expect(board.answer("get_rtc", {})).toEqual({ value: 1_000 });
  expect(board.answer("set_rtc", { value: 5 })).toEqual({ value: 5 });
  expect(board.answer("get_rtc", {})).toEqual({ value: 5 });
  expect(board.answer("write_uart", { value: "x" })).toEqual({ value: "x" });
  expect(board.written).toEqual(["x"]);
  expect(board.answer("get_status", {})).toEqual({ value: "running" });
  expect(board.answer("set_status", { value: "restart" })).toEqual({ value: "restarting" });
  for (const api of ["get_mac", "get_ip", "get_subnet", "get_gateway"])
    expect(board.answer(api, {})).toEqual({ value: expect.stringMatching(/^[0-9A-F.:]+$/) });
  const message = { recipient: "a@b.example", message: "x" };
  expect(board.answer("trigger_notification", message)).toEqual(message);
  expect([board.answer("set_mac", { value: "x" }), board.answer("dance", {})]).toEqual([undefined, undefined]);
});
