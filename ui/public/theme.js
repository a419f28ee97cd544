// Runs before the first paint, so that the wrong theme never flashes. A separate file: the Content-Security-Policy
// allows no inline script.
try {
  const theme = localStorage.getItem("fleetlog.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, the system's theme applies.
}
