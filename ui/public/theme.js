// Before the first paint, and outside the page for the sake of its Content-Security-Policy: no flash of the other theme.
try {
  const theme = localStorage.getItem("fleetlog.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system's theme.
}
