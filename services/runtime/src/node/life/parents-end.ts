/**
 * Calls `act` when the parent process has ended, which closes the IPC channel: at once if the parent ended while this
 * program was still loading its modules, because nobody listened to the event then. Never without an IPC channel.
 */
export function atParentsEnd(act: () => void): void {
  if (process.send === undefined) return;
  if (process.connected) process.once("disconnect", act);
  else act();
}
