/**
 * Calls `act` when the parent process ends, which closes the IPC channel. If the parent ended while this program was
 * still loading its modules, the event is over, so `act` is called at once. Without an IPC channel, `act` is never
 * called.
 */
export function atParentsEnd(act: () => void): void {
  if (process.send === undefined) return;
  if (process.connected) process.once("disconnect", act);
  else act();
}
