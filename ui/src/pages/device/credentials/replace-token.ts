import { confirm } from "../../../components/dialogs/confirm.ts";
import { rotateToken } from "../../../data/devices.ts";
import { notifyError } from "../../../state/toasts.ts";
import { showToken } from "../token-dialog.ts";

export async function replaceToken(device: string): Promise<boolean> {
  const agreed = await confirm({
    heading: `Replace the token of ${device}?`,
    body: "The current token stops working and a connection made with it is closed. The device cannot connect with a token until it has the new one.",
    action: "Replace token",
  });
  if (!agreed) return false;
  try {
    await showToken(device, (await rotateToken(device)).token);
    return true;
  } catch (error) {
    notifyError("The token was not replaced", error);
    return false;
  }
}
