/// Sets the chosen colour scheme before the first paint; loaded in the head, so it is tiny and blocks.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
