import Type, { type Static } from "typebox";
import type { KuraPayload } from "../payload/codec.ts";
import { int, type KuraRequest, numberIn, text, textIn } from "./request.ts";

/** A longer output is cut. */
const MAX_OUTPUT = 64 * 1024;

const Params = Type.Object(
  {
    command: Type.String({ minLength: 1, maxLength: 4_096, pattern: "\\S", title: "Command" }),
    arguments: Type.Optional(Type.Array(Type.String({ maxLength: 4_096 }), { maxItems: 256, title: "Arguments" })),
    timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, title: "Timeout (s)" })),
    directory: Type.Optional(Type.String({ minLength: 1, maxLength: 4_096, title: "Working directory" })),
    environment: Type.Optional(
      Type.Array(Type.String({ pattern: "^[^=]+=", maxLength: 4_096 }), {
        maxItems: 256,
        title: "Environment",
        description: "NAME=value",
      }),
    ),
    async: Type.Optional(
      Type.Boolean({ title: "Do not wait for its end", description: "The answer then has no output" }),
    ),
  },
  { additionalProperties: false },
);

export interface ExecResult {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Runs a program on the device. */
export const exec: KuraRequest = {
  name: "exec",
  title: "Run a command",
  app: "CMD-V1",
  params: Params,
  isRepeatable: false,
  ask(params) {
    const {
      command,
      arguments: args = [],
      timeout,
      directory,
      environment = [],
      async,
    } = params as Static<typeof Params>;
    return {
      method: "EXEC",
      resource: "command",
      metrics: [
        text("command.command", command),
        ...args.map((one, i) => text(`command.argument${i}`, one)),
        ...environment.map((one, i) => text(`command.environment.pair${i}`, one)),
        ...(timeout === undefined ? [] : [int("command.timeout", timeout)]),
        ...(directory === undefined ? [] : [text("command.working.directory", directory)]),
        ...(async === undefined ? [] : [{ name: "command.run.async", type: "BOOL", value: async } as const]),
      ],
    };
  },
  resultIn: execResult,
};

export function execResult(reply: KuraPayload): ExecResult {
  const exitCode = numberIn(reply, "command.exit.code");
  return {
    ...(exitCode !== undefined && { exitCode }),
    stdout: cut(textIn(reply, "command.stdout") ?? ""),
    stderr: cut(textIn(reply, "command.stderr") ?? ""),
    timedOut: reply.metrics.get("command.timedout")?.value === true,
  };
}

function cut(output: string): string {
  return output.length <= MAX_OUTPUT ? output : `${output.slice(0, MAX_OUTPUT).toWellFormed()}…`;
}
