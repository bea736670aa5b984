// In a long table each row is laid out by itself. The browser's own table measures all of its rows anew when one cell of
// one row grows; here a row that grows moves those below it and measures none of them. Without scripts no cell grows while
// somebody types, so there the page's own table stays.

/** The widths of the columns, which every row shares; columns without one share what is left. */
function tracks(table: HTMLTableElement): string {
  const widths = [...table.querySelectorAll("col")].map((one) => /^w\d+$/.test(one.className) && Number(one.className.slice(1)));
  const all = widths.every((one) => one !== false);
  return widths.map((one) => (one === false ? "minmax(0, 1fr)" : all ? `minmax(${one}rem, ${one}fr)` : `${one}rem`)).join(" ");
}

/** Where cells do not size themselves, a cell grows with its text. */
export function grow(field: Element): void {
  if (!(field instanceof HTMLTextAreaElement) || (CSS.supports("field-sizing", "content") && field.closest(".many") === null)) return;
  while (field.scrollHeight > field.clientHeight + 2 && field.rows < 60) field.rows += 1;
}

/** Cells are sized when they come into view: measuring all at once would hold the page up. */
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      for (const area of target.querySelectorAll("textarea")) grow(area);
    }
  },
  { rootMargin: "400px" },
);

/** Tell every long table of the page its columns, as it came or was drawn anew; the style sheet does the rest. */
export function layRows(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table.many")) {
    table.style.setProperty("--tracks", tracks(table));
    for (const row of table.querySelectorAll("tbody tr")) seen.observe(row);
  }
}

const named = new WeakMap<Element, string>();

/** Somebody stands in a cell: it is named by its row too, as the cells of short tables are from the start. */
export function nameByRow(cell: EventTarget | null): void {
  if (!(cell instanceof HTMLElement) || !cell.matches("table.many .cell")) return;
  const bare = cell.getAttribute("aria-label") ?? "";
  if (named.get(cell) === bare) return;
  const row = Number(cell.closest("tr")?.id.split("-").pop()) + 1;
  const words = cell.closest("table")?.dataset["words"] ?? "{field}";
  const whole = words.replace("{row}", String(row)).replace("{field}", () => bare);
  named.set(cell, whole);
  cell.setAttribute("aria-label", whole);
}
