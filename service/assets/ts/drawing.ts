// What the server draws anew: a section under the hands of whoever types in it, and steps, panel, sums and marks beside it.
import { cellsOf, inLanguage, isField } from "./cells";
import type { Answer, Card } from "./door";
import { layRows } from "./long";
import { morph } from "./morph";
import { words } from "./status";
import { recompute } from "./sums";
import { put, unsaved } from "./unsent";

/** The section as the server has it, under what is being typed. */
export function redraw(section: string, answer: Card): void {
  const card = document.getElementById(`sec-${section}`);
  if (answer.section !== undefined && card !== null) {
    const drawn = document.createElement("div");
    drawn.innerHTML = answer.section;
    const chooser = document.getElementById(`clash-${section}`);
    chooser?.remove();
    morph(card, drawn.firstElementChild as Element, (field, text) => put(section, field, text));
    for (const one of card.querySelectorAll<HTMLElement>(".js-only")) one.hidden = false;
    layRows();
  } else {
    for (const [id, text] of Object.entries(answer.values ?? {})) {
      const field = document.getElementById(id);
      if (isField(field)) put(section, field, text);
    }
  }
  for (const field of cellsOf(section)) field.disabled = false;
  recompute();
}

let refreshing = false;

/** Steps, panel, sums and marks after the last save. */
export async function refresh(): Promise<void> {
  const address = words["state"];
  if (address === undefined || refreshing) return;
  refreshing = true;
  const reply = await fetch(inLanguage(address), { headers: { Accept: "application/json" } }).catch(() => null);
  refreshing = false;
  if (reply?.ok) show((await reply.json()) as Answer);
}

/** Steps, panel, sums and marks as an answer has them. */
export function show(answer: Answer): void {
  for (const [id, html] of Object.entries(answer.html ?? {})) swap(id, html);
  for (const [id, text] of Object.entries(answer.text ?? {})) {
    const place = document.getElementById(id);
    if (place !== null && unsaved().length === 0) place.textContent = text;
  }
  if (answer.marks) paint(answer.marks);
  document.dispatchEvent(new CustomEvent("jixiao:checked"));
}

/** Replace the content of a part. Not while somebody is typing in it: their next save brings it again. */
function swap(id: string, html: string): void {
  const place = document.getElementById(id);
  if (place === null || (place.contains(document.activeElement) && place !== document.activeElement)) return;
  const open = place.querySelector("details")?.open ?? false;
  if (id === "panel") place.outerHTML = html;
  else place.innerHTML = html;
  const renewed = place.querySelector("details");
  if (open && renewed !== null) renewed.open = true;
}

function paint(marks: Record<string, string>): void {
  for (const field of document.querySelectorAll<HTMLElement>('[id^="c-"][form]')) {
    const mark = marks[field.id] ?? "";
    const cell = field.closest<HTMLElement>("table.edit td");
    if (cell !== null && cell.className !== mark) cell.className = mark;
    if (mark === "err") field.setAttribute("aria-invalid", "true");
    else if (field.hasAttribute("aria-invalid")) field.removeAttribute("aria-invalid");
  }
}
