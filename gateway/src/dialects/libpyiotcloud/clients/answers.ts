import type { FleetError } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { closeUnlessKept } from "./connections.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The form of the route's errors: for calls to a device, or for the management of people and devices. */
    readonly libpyiotcloud?: "device" | "management" | "login";
  }
}

export const NOT_RUNNING = "Device is not running!";

const SERVER_ERROR = 500;
const BAD_REQUEST = 400;

export function ok<T extends object>(more: T = {} as T) {
  return { status: "OK" as const, ...more };
}

/** Errors of management have status 200 and JSON, those of calls to devices 400 and plain text. */
export function refuse(error: FleetError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  closeUnlessKept(request, reply);
  const { http } = WIRE_ERRORS[error.code];
  const kind = request.routeOptions.config.libpyiotcloud;
  if (error.retryAfterMs !== undefined) reply.header("retry-after", String(Math.ceil(error.retryAfterMs / 1_000)));
  if (http >= SERVER_ERROR || kind === undefined) return text(reply.status(http), error.message);
  if (kind === "device") return text(reply.status(BAD_REQUEST), deviceText(error));
  const status = `NG, ${managementText(error)}`;
  return reply.status(200).send({ status, ...(kind === "login" && { token: "Unknown" }) });
}

export function text(reply: FastifyReply, message: string): FastifyReply {
  return reply.type("text/plain; charset=utf-8").send(message);
}

function deviceText({ code, message }: FleetError): string {
  if (code === "unauthenticated") return "Device token is not valid!";
  if (code === "device-unknown" || code === "device-retired") return "Device is not registered!";
  return message;
}

function managementText({ code, message, field }: FleetError): string {
  if (code === "unauthenticated" && field === "token") return "token is incorrect";
  if (code === "unauthenticated" && field === "code") return "incorrect code";
  if (code === "unauthenticated" && field === "password") return "username or password is incorrect";
  if (code === "device-exists") return "device already registered";
  if (code === "device-unknown" || code === "device-retired") return "device not registered";
  return message;
}
