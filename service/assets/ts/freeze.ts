// The form may not be typed into any more: it was handed in, or the right to it has ended. What is unsaved can be copied.
import { cellsOf, keyOf, nameOf } from "./cells";
import { make } from "./dialog";
import { button, icon, say, status, words } from "./status";
import { unsaved, unsavedCells } from "./unsent";

/** Stop everything, say why, and show what did not get through. */
export function freeze(reason: string): void {
  if (document.getElementById("frozen") !== null) return;
  const why = reason || (words["frozen"] ?? "");
  const text = unsentText();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-section]")) lock(form);
  const box = make("div", "", make("p", "", make("b", "", why)));
  if (text !== "") box.append(make("p", "", words["frozenHint"] ?? ""), copyable(text));
  const again = make("a", "btn s", words["reopen"] ?? "") as HTMLAnchorElement;
  again.href = window.location.pathname;
  box.append(make("p", "", again));
  const notice = make("div", "notice w", icon("lock"), box);
  notice.id = "frozen";
  notice.setAttribute("role", "alert");
  notice.tabIndex = -1;
  document.getElementById("editor")?.before(notice);
  notice.scrollIntoView({ block: "center" });
  notice.focus({ preventScroll: true });
  status.show("frozen", why);
  say(why);
}

function lock(form: HTMLFormElement): void {
  for (const one of [...form.elements]) {
    if (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) one.readOnly = true;
    else if (one instanceof HTMLSelectElement || one instanceof HTMLButtonElement) one.disabled = true;
  }
}

/** Every unsaved cell, a line each: its name and its text. */
function unsentText(): string {
  const lines: string[] = [];
  for (const section of unsaved()) {
    const unsent = unsavedCells(section);
    for (const field of cellsOf(section)) {
      const text = unsent.get(keyOf(field) ?? "");
      if (text !== undefined) lines.push(`${nameOf(field)}：${text}`);
    }
  }
  return lines.join("\n");
}

function copyable(text: string): HTMLElement {
  const area = make("textarea", "in") as HTMLTextAreaElement;
  area.readOnly = true;
  area.value = text;
  area.rows = Math.min(12, text.split("\n").length + 1);
  area.setAttribute("aria-label", words["frozenHint"] ?? "");
  const take = (): void => {
    area.select();
    void navigator.clipboard?.writeText(text).catch(() => document.execCommand("copy"));
  };
  return make("div", "stack", area, button({ word: words["copy"] ?? "", take }));
}
