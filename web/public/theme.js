// Sets the theme that the reader chose before the first paint; src/theme.ts keeps it afterwards.
try {
  const chosen = localStorage.getItem("edgewise.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // No storage: the system's theme stays.
}
