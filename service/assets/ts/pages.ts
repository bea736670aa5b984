// Small help for pages that work without it: show a password, move in a list by keys.

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal ?? "") as HTMLInputElement | null;
  if (!field) continue;
  const words = [button.textContent ?? "", button.dataset.shown ?? ""];
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = words[shown ? 1 : 0] ?? "";
    field.focus();
  });
}

// Keys act only while the focus is inside the list, so nobody who dictates text or types elsewhere meets them.
for (const hint of document.querySelectorAll<HTMLElement>("[data-keys]")) {
  const list = document.getElementById(hint.dataset.keys ?? "");
  if (!list) continue;
  hint.hidden = false;
  list.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const links = [...list.querySelectorAll<HTMLAnchorElement>("a.t-link")];
    const row = (event.target as Element).closest("tr");
    const here = links.findIndex((link) => link.closest("tr") === row);
    links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
  });
}

// A step that has the focus is brought into its strip: engines do not where a corner of it is in sight already.
document.addEventListener("focusin", (event) => {
  const step = (event.target as Element).closest(".steps a");
  step?.scrollIntoView({ block: "nearest", inline: "center" });
});

// A refused form puts its summary before the person.
document.getElementById("errors")?.focus();
