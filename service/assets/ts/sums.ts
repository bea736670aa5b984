// Sums while somebody types, in whole numbers of a millionth of 万元: no floating point. The server's figures follow.
import { icon } from "./status";

const PLACES = 6;
const NUMBER = /^(-?)(0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,6}))?$/;

/** The amount in a cell, null for a blank or for text that is none. Full-width digits are digits. */
export function amount(text: string): bigint | null {
  const plain = text.replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0)).trim();
  const match = NUMBER.exec(plain);
  if (match === null) return null;
  const units = BigInt((match[2] ?? "0").replace(/,/g, "") + (match[3] ?? "").padEnd(PLACES, "0"));
  return match[1] === "-" ? -units : units;
}

/** Two places, half up, thousands separated; `--` for what is not known. */
export function shown(units: bigint | null): string {
  if (units === null) return "--";
  const negative = units < BigInt(0);
  const cents = ((negative ? -units : units) + BigInt(5000)) / BigInt(10000);
  const whole = (cents / BigInt(100)).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${negative ? "-" : ""}${whole}.${(cents % BigInt(100)).toString().padStart(2, "0")}`;
}

function total(amounts: (bigint | null)[]): bigint | null {
  return amounts.reduce<bigint | null>((sum, one) => (sum === null || one === null ? null : sum + one), BigInt(0));
}

/** One term: `section.field` is a cell or the sum of a column of filled rows; with `?` a blank counts as nothing. */
function term(name: string): bigint | null {
  const [section = "", field = ""] = name.replace("?", "").split(".");
  const single = document.getElementById(`c-${section}-${field}`);
  if (single instanceof HTMLInputElement) return name.endsWith("?") && single.value.trim() === "" ? BigInt(0) : amount(single.value);
  const rows = [...document.querySelectorAll<HTMLTableRowElement>(`#sec-${section} tbody tr[id^="r-"]`)];
  const cells = (row: Element): NodeListOf<HTMLInputElement> => row.querySelectorAll<HTMLInputElement>(".cell");
  const filled = rows.filter((row) => [...cells(row)].some((one) => one.value.trim() !== ""));
  return total(filled.map((row) => amount(row.querySelector<HTMLInputElement>(`[name$=".${field}"]`)?.value ?? "")));
}

function terms(names: string): bigint | null {
  return total(names.split(" ").map(term));
}

function put(place: HTMLElement, units: bigint | null): void {
  const text = shown(units);
  if (place.textContent !== text) place.textContent = text;
}

/** One balance: its words for this outcome, as the server will say it too. */
function weigh(line: HTMLElement): void {
  const left = terms(line.dataset["left"] ?? "");
  const right = terms(line.dataset["right"] ?? "");
  const gap = left === null || right === null ? null : left - right;
  const zero = BigInt(0);
  const [kind, tone, name] = gap === null ? ["open", "mut", "circle"] : gap === zero ? ["even", "t-ok", "check"] : [gap > zero ? "more" : "less", "t-err", "error"];
  const words = (line.dataset[kind ?? ""] ?? "").replace("{sum}", shown(left)).replace("{gap}", shown(gap !== null && gap < zero ? -gap : gap));
  const said = line.querySelector("span");
  if (said === null || said.textContent === words) return;
  said.textContent = words;
  line.className = tone ?? "";
  line.querySelector("svg")?.replaceWith(icon(name ?? ""));
}

/** Draw the sums of the page anew. */
export function recompute(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-sum]")) put(place, terms(place.dataset["sum"] ?? ""));
  for (const line of document.querySelectorAll<HTMLElement>("#bal [data-left]")) weigh(line);
}
