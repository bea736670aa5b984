// Puts a section as the server drew it under the hands of whoever types in it: elements stay, so that focus, selection and
// a composition in progress stay with them. Rows are found again by their ids.
import { isField, type Field } from "./cells";

type Put = (field: Field, text: string) => void;

/** Make `old` look like `drawn`; the texts of fields go through `put`, which decides whether they may be replaced. */
export function morph(old: Element, drawn: Element, put: Put): void {
  if (old.tagName !== drawn.tagName) {
    if (!old.contains(document.activeElement)) old.replaceWith(drawn);
    return;
  }
  if (isField(old) && isField(drawn)) {
    field(old, drawn, put);
    return;
  }
  attributes(old, drawn);
  if (old.tagName === "TBODY") rows(old, drawn, put);
  else children(old, drawn, put);
}

function field(old: Field, drawn: Field, put: Put): void {
  const text = drawn.value;
  if (old.type === "hidden") {
    attributes(old, drawn);
    old.value = text;
    return;
  }
  const before = old.value;
  attributes(old, drawn, "value");
  if (old instanceof HTMLSelectElement && old.innerHTML !== drawn.innerHTML) {
    old.innerHTML = drawn.innerHTML;
    old.value = before;
  }
  put(old, text);
}

function attributes(old: Element, drawn: Element, except = ""): void {
  for (const { name } of [...old.attributes]) {
    // Whether a menu is open, and the columns of a long table, are the page's own.
    if (!drawn.hasAttribute(name) && name !== except && name !== "open" && name !== "style") old.removeAttribute(name);
  }
  for (const { name, value } of [...drawn.attributes]) {
    if (name !== except && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function children(old: Element, drawn: Element, put: Put): void {
  const from = [...old.childNodes];
  const to = [...drawn.childNodes];
  const fits = from.length === to.length && from.every((node, at) => node.nodeName === to[at]?.nodeName);
  if (!fits && !old.contains(document.activeElement) && old.querySelector("input, textarea, select") === null) {
    old.replaceChildren(...to);
    return;
  }
  if (fits) from.forEach((node, at) => pair(node, to[at] as Node, put));
  else byName(old, from.filter((one) => one instanceof Element), to.filter((one) => one instanceof Element), put);
}

function pair(node: Node, drawn: Node, put: Put): void {
  if (node instanceof Element && drawn instanceof Element) morph(node, drawn, put);
  else if (node.nodeValue !== drawn.nodeValue) node.nodeValue = drawn.nodeValue;
}

/** Children that came or went: each finds the first unused one of its kind, the rest is put in or taken out. */
function byName(old: Element, from: Element[], to: Element[], put: Put): void {
  const unused = [...from];
  let after: Element | null = null;
  for (const drawn of to) {
    const at = unused.findIndex((one) => alike(one, drawn));
    const found = at < 0 ? drawn : (unused.splice(at, 1)[0] as Element);
    if (found === drawn) {
      if (after === null) old.prepend(drawn);
      else after.after(drawn);
    } else morph(found, drawn, put);
    after = found.isConnected ? found : after;
  }
  for (const one of unused) if (!one.contains(document.activeElement)) one.remove();
}

function alike(one: Element, other: Element): boolean {
  return one.tagName === other.tagName && one.id === other.id && (one.id !== "" || one.className === other.className);
}

export function rowId(row: Element): string {
  return row.querySelector<HTMLInputElement>('input[type=hidden][name$=".id"]')?.value ?? "";
}

/** Rows by id. The row that holds the focus is never moved: the others are put around it. */
function rows(old: Element, drawn: Element, put: Put): void {
  const mine = new Map<string, Element>();
  for (const row of [...old.children]) {
    const id = rowId(row);
    if (id === "" || mine.has(id)) row.remove();
    else mine.set(id, row);
  }
  const order = [...drawn.children].map((row) => {
    const kept = mine.get(rowId(row));
    if (kept === undefined || rowId(row) === "") return row;
    mine.delete(rowId(row));
    morph(kept, row, put);
    return kept;
  });
  for (const gone of mine.values()) gone.remove();
  const anchor = order.findIndex((row) => row.contains(document.activeElement));
  let next: Element | null = anchor < 0 ? null : (order[anchor] as Element);
  const before = anchor < 0 ? order : order.slice(0, anchor);
  for (const row of [...before].reverse()) {
    if (row.nextElementSibling !== next || row.parentElement !== old) old.insertBefore(row, next);
    next = row;
  }
  let last: Element | null = anchor < 0 ? null : (order[anchor] as Element);
  for (const row of anchor < 0 ? [] : order.slice(anchor + 1)) {
    if (last !== null && (row.previousElementSibling !== last || row.parentElement !== old)) last.after(row);
    last = row;
  }
}
