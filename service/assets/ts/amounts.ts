// Amounts in 万元: shown with thousands once the cell is left; one typed in 元 is offered to be turned, never turned unasked.
import { know, knownText, type Field } from "./cells";
import { edited } from "./saving";
import { button, icon, span } from "./status";
import { amount } from "./sums";

const IN_YUAN = /^\s*[¥￥]?\s*([\d０-９,，.．]+)\s*元\s*$/;

export function isMoney(field: Field): boolean {
  return field instanceof HTMLInputElement && field.dataset["unit"] === "万元";
}

/** The amount as the server shows it: thousands, two places at least. */
function grouped(units: bigint): string {
  const negative = units < BigInt(0);
  const text = (negative ? -units : units).toString().padStart(7, "0");
  const part = text.slice(-6).replace(/0+$/, "").padEnd(2, "0");
  return `${negative ? "-" : ""}${text.slice(0, -6).replace(/\B(?=(\d{3})+$)/g, ",")}.${part}`;
}

/** The cell is left. */
export function leave(field: Field, section: string, words: DOMStringMap): void {
  if (!isMoney(field)) return;
  const units = amount(field.value);
  if (units !== null) {
    const same = knownText(field) === field.value;
    field.value = grouped(units);
    if (same) know(field, field.value);
    return;
  }
  const match = IN_YUAN.exec(field.value);
  const yuan = match === null ? null : amount(match[1] ?? "");
  if (yuan !== null) offer(field, section, yuan, words);
}

function offer(field: Field, section: string, yuan: bigint, words: DOMStringMap): void {
  withdraw(field);
  const text = grouped(yuan / BigInt(10000));
  const box = document.createElement("div");
  box.className = "msg w offer";
  box.setAttribute("role", "status");
  const take = (): void => {
    field.value = text;
    withdraw(field);
    edited(field, section);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  box.append(icon("warn"), span(words["offer"] ?? ""), button({ word: (words["convert"] ?? "").replace("{value}", text), take }));
  (field.parentElement?.matches(".unit") ? field.parentElement : field).after(box);
}

/** The text is another one now: what was offered for the last is gone. */
export function withdraw(field: Field): void {
  const place = field.parentElement?.matches(".unit") ? field.parentElement : field;
  if (place?.nextElementSibling?.matches(".offer")) place.nextElementSibling.remove();
}
