// Two changes of one cell: the choice stands in the section, which waits for it; the others go on.
import { cellsOf, keyOf } from "./cells";
import { status, words } from "./status";
import { revived, type Sent } from "./unsent";

/** Sections whose clash waits for a choice: they alone do not save. */
export const paused = new Set<string>();
// The button that met a clash: it is pressed anew with the choice.
const pressedAt = new Map<string, Record<string, string>>();
const BUTTON = ["do", "at", "paste", "sure", "convert", "undo", "after"];

/** Show the choice that a request met. */
export function clash(form: HTMLFormElement, section: string, sent: Sent, html: string): void {
  pressedAt.set(section, Object.fromEntries([...sent.body].filter(([name]) => BUTTON.includes(name))));
  paused.add(section);
  chooser(section)?.remove();
  const card = document.getElementById(`sec-${section}`) ?? form.closest("section");
  if (card === null || html === "") return;
  const made = document.createElement("div");
  made.innerHTML = html;
  const choices = made.firstElementChild as HTMLElement;
  (card.querySelector(":scope > header") ?? form).after(choices);
  if (revived.has(section)) for (const field of cellsOf(section)) if (keyOf(field)) field.disabled = true;
  const look = (): void => {
    choices.scrollIntoView({ block: "center" });
    choices.focus({ preventScroll: true });
  };
  status.show("clash", undefined, { word: words["look"] ?? "", take: look });
}

/** The choice of a section, null where there is none. */
export function chooser(section: string): HTMLElement | null {
  return document.getElementById(`clash-${section}`);
}

/** What is chosen, with the button that met the clash. */
export function chosen(section: string): Record<string, string> {
  const extra: Record<string, string> = { ...(pressedAt.get(section) ?? { do: "save" }) };
  for (const field of chooser(section)?.querySelectorAll<HTMLInputElement>("input[name], textarea[name]") ?? []) {
    if (field.type !== "radio" || field.checked) extra[field.name] = field.value;
  }
  return extra;
}
