/** The compared form of an email address or user name: those that differ only in case or Unicode form are equal. */
export function normalLogin(login: string): string {
  return login.trim().normalize("NFC").toLowerCase();
}
