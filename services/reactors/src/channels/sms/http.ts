import type { HttpSmsSettings } from "@fleetlog/domain";
import { postOnce } from "../outcome.ts";
import { formOf, type SmsProvider } from "./sms.ts";

/** A gateway that takes a POST in JSON or as a form. It can tell a repeated message by `Idempotency-Key`. */
export const httpGateway: SmsProvider<HttpSmsSettings> = (settings, { id, to, text }, { post, signal }) => {
  const { url, token, format, fields = {} } = settings;
  const { to: toField = "to", text: textField = "text", id: idField = "id" } = fields;
  const content = { [toField]: to, [textField]: text, [idField]: id };
  const { headers, body } =
    format === "form"
      ? formOf(content)
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(content) };
  const login = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return postOnce(post, { url, headers: { ...headers, ...login, "idempotency-key": id }, body }, signal);
};
