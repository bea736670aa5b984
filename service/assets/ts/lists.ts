// Lists of forms: what is ticked is counted, the head of the table ticks this page and no more, and lines that were
// opened in this tab say so. Without scripts the boxes, the second step for all and the buttons work as they are.

const chosen = document.querySelector<HTMLFormElement>("form[data-chosen]");
const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('input[name="form"][form="chosen"]')];
const ofPage = document.querySelector<HTMLInputElement>("[data-choose-page]");

function count(): void {
  const all = boxes();
  const ticked = all.filter((box) => box.checked);
  for (const box of all) box.closest("tr")?.classList.toggle("sel", box.checked);
  if (ofPage !== null && !ofPage.disabled) {
    ofPage.checked = ticked.length === all.length && all.length > 0;
    ofPage.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
  const words = chosen?.querySelector<HTMLElement>("[data-count]");
  if (words) words.textContent = (words.dataset["words"] ?? "").replace("{n}", String(ticked.length));
}

if (chosen !== null) {
  if (ofPage !== null) ofPage.hidden = false;
  ofPage?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = ofPage.checked;
    count();
  });
  document.addEventListener("change", (event) => {
    if ((event.target as Element).matches?.('input[name="form"][form="chosen"]')) count();
  });
  // `x` ticks the line where the focus is, inside the list alone, as `j` and `k` move there.
  document.querySelector("tbody[data-visited]")?.addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    if (key.key !== "x" || key.ctrlKey || key.altKey || key.metaKey) return;
    const box = (key.target as Element).closest("tr")?.querySelector<HTMLInputElement>('input[name="form"]:not(:disabled)');
    if (!box) return;
    box.checked = !box.checked;
    count();
  });
  // A browser that goes back ticks what was ticked before.
  window.addEventListener("pageshow", count);
  count();
}

// Which forms were opened in this tab; ids alone, gone with the tab.
const VISITED = "jixiao-visited";
const MOST = 500;
const rows = document.querySelector<HTMLElement>("tbody[data-visited]");

function visited(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(VISITED) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function mark(): void {
  const seen = new Set(visited());
  for (const link of rows?.querySelectorAll<HTMLAnchorElement>("a.t-link") ?? []) {
    const row = link.closest("tr");
    if (row === null || !seen.has(link.pathname) || row.querySelector(".seen") !== null) continue;
    row.classList.add("visited");
    const words = document.createElement("span");
    words.className = "seen sub";
    words.textContent = rows?.dataset["visited"] ?? "";
    link.after(words);
  }
}

rows?.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/submissions/"]');
  if (!link) return;
  sessionStorage.setItem(VISITED, JSON.stringify([...new Set([...visited(), link.pathname])].slice(-MOST)));
});
window.addEventListener("pageshow", mark);
// Who signs in next on a shared computer begins without marks.
if (document.querySelector('form[action="/sign-in"]') !== null) sessionStorage.removeItem(VISITED);
