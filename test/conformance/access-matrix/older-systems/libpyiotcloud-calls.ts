import { PASSWORD } from "../people.ts";
import type { Answer } from "../send.ts";
import type { OlderRecipe } from "./cell.ts";

const management = (path: string, fields: object = {}): OlderRecipe => {
  return () => ({ path, body: fields });
};
const ofBoard = (path: string, fields: object = {}): OlderRecipe => {
  return ({ shared }) => ({ path, body: { devicename: shared.board, ...fields } });
};
const NOTIFICATION = { recipient: "duty@example.org", message: "hot" };

/** The request for each path, without the token, which goes into the body. */
export const LIBPYIOTCLOUD_CALLS: Readonly<Record<string, OlderRecipe>> = {
  "/signup": (cell) => ({
    path: "/signup",
    body: { username: cell.newName(), email: cell.address(), password: PASSWORD },
  }),
  "/confirm_signup": async (cell) => {
    const username = cell.address();
    return { path: "/confirm_signup", body: { username, confirmationcode: await cell.hall.signUp(username) } };
  },
  "/login": ({ person }) => ({ path: "/login", body: { username: person.email, password: PASSWORD } }),
  "/refresh_token": async ({ hall, person }) => ({
    path: "/refresh_token",
    body: { refreshtoken: (await hall.logIn(person)).refreshToken },
  }),
  "/logout": async (cell) => ({ path: "/logout", body: {}, token: await cell.twin() }),
  "/forgot_password": (cell) => ({ path: "/forgot_password", body: { email: cell.address() } }),
  "/confirm_forgot_password": async ({ hall, account }) => {
    const invited = await hall.invite("viewer", { account, word: account });
    return {
      path: "/confirm_forgot_password",
      body: { username: invited.email, confirmationcode: await hall.code(invited), password: PASSWORD },
    };
  },
  "/static/login.html": () => ({ path: "/static/login.html" }),
  "/get_user_info": management("/get_user_info"),
  "/register_device": (cell) => ({ path: "/register_device", body: { devicename: cell.newName() } }),
  "/unregister_device": async (cell) => {
    const devicename = cell.name();
    const { account, tag } = cell;
    const body = { dialect: "libpyiotcloud", name: devicename, account, tags: [tag] };
    const { status } = await cell.admin.call("POST", "/api/devices", body);
    if (status !== 201) throw new Error(`registering ${devicename} answered ${status}`);
    return { path: "/unregister_device", body: { devicename } };
  },
  "/get_device_list": management("/get_device_list"),
  "/get_device_list_count": management("/get_device_list_count"),
  "/get_device_index": management("/get_device_index", { index: 0 }),
  "/get_status": ofBoard("/get_status"),
  "/set_status": ofBoard("/set_status", { value: "restart" }),
  "/get_gpio": ofBoard("/get_gpio", { number: 7 }),
  "/set_gpio": ofBoard("/set_gpio", { number: 7, value: 1 }),
  "/get_rtc": ofBoard("/get_rtc"),
  "/set_rtc": ofBoard("/set_rtc", { value: 1_600_000_000 }),
  "/get_mac": ofBoard("/get_mac"),
  "/set_mac": ofBoard("/set_mac", { value: "00:00:5e:00:53:01" }),
  "/get_ip": ofBoard("/get_ip"),
  "/get_subnet": ofBoard("/get_subnet"),
  "/get_gateway": ofBoard("/get_gateway"),
  "/write_uart": ofBoard("/write_uart", { value: "hello" }),
  "/trigger_notification": ofBoard("/trigger_notification", NOTIFICATION),
  "/trigger_notifications": ofBoard("/trigger_notifications", NOTIFICATION),
};

/** The HTTP status of the same refusal in `/api`. The port has statuses and texts of its own. */
export function verdictOf({ status, text }: Answer): string {
  const isManagement = status === 200 && text.startsWith('{"status":"NG, ');
  if (!isManagement && status < 300) return "yes";
  if (!isManagement && status !== 400) return String(status);
  if (/token is (not valid|incorrect)/.test(text)) return "401";
  if (/may not|access is limited to/.test(text)) return "403";
  return /device is not registered|device not registered/i.test(text) ? "404" : `${status} ${text}`;
}
