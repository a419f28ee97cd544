import { accountFor, issueCommand } from "@fleetlog/fleet";
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../../http/access/authorize.ts";
import { untilClosed } from "../../../http/closed.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { callerOf } from "../../../http/resources/caller.ts";
import { NOT_RUNNING, text } from "./answers.ts";
import { addCall } from "./call.ts";
import { DeviceName } from "./devices.ts";
import type { DevicesByName } from "./find-device.ts";

/**
 * Calls that go to the device unchanged. For each, the fields that must be numbers, although a form sends them as text.
 */
const APIS: Readonly<Record<string, readonly string[]>> = {
  get_status: [],
  set_status: [],
  get_gpio: ["number"],
  set_gpio: ["number", "value"],
  get_rtc: [],
  set_rtc: ["value"],
  get_mac: [],
  set_mac: [],
  get_ip: [],
  get_subnet: [],
  get_gateway: [],
  write_uart: [],
  trigger_notification: [],
  trigger_notifications: [],
};

const WAIT_MS = 6_000;
const Call = Type.Object({ devicename: DeviceName });

export function deviceApi(app: FastifyInstance, context: DialectHttpContext, names: DevicesByName): void {
  const { fleet, clock } = context;
  for (const [name, numbers] of Object.entries(APIS)) {
    addCall(app, `/${name}`, {
      action: "command.issue",
      kind: "device",
      body: Call,
      async answer({ devicename, ...others }, request, reply) {
        const caller = callerOf(request);
        const account = accountFor(caller, "command.issue", undefined);
        const { device, last } = await names.mustFindWithLast(account, devicename, scopeFor(request));
        const command = await issueCommand(
          fleet,
          caller,
          {
            device,
            name,
            params: paramsOf(others, isForm(request.headers["content-type"]) ? numbers : []),
            deadline: new Date(clock() + WAIT_MS).toISOString(),
            // Devices of libpyiotcloud declare no commands.
            unchecked: true,
          },
          { last, wait: { tail: fleet.commandTail, ms: WAIT_MS, signal: untilClosed(reply.raw) } },
        );
        fleet.commandTail.noteWritten(command.seq);
        const { state, result = {}, error } = command;
        if (state === "completed") return reply.type("application/json").send(JSON.stringify(result));
        return text(reply.status(400), state === "failed" && error !== undefined ? error.message : NOT_RUNNING);
      },
    });
  }
}

function isForm(type: string | undefined): boolean {
  return type?.startsWith("application/x-www-form-urlencoded") === true;
}

function paramsOf(fields: Readonly<Record<string, unknown>>, numbers: readonly string[]): Record<string, unknown> {
  const { username: _, token: __, ...rest } = fields;
  const params: Record<string, unknown> = rest;
  for (const name of numbers) {
    const given = params[name];
    if (typeof given === "string" && /^\d{1,15}$/.test(given)) params[name] = Number(given);
  }
  return params;
}
