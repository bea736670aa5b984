// What is typed and not confirmed by the server, by section and cell: in the fields, on its way, or left by an earlier page.
import { cellsOf, formOf, keyOf, know, knownText, type Field } from "./cells";
import { keep } from "./mirror";

export type Cells = Map<string, string>;
export interface Sent {
  body: URLSearchParams;
  cells: Cells;
  /** A button of it was lost on the way: its cells are sent again, the button is not. */
  cut?: boolean;
}

export const edits = new Map<string, Cells>();
// The text that stood in a cell before somebody else changed it under an edit that is not sent yet.
export const before = new Map<string, Cells>();
// Sent and not answered: it may have been kept. The same request goes again before anything newer.
export const unanswered = new Map<string, Sent>();
/** Requests of an earlier page of this tab that clashed: their cells are not in the fields. */
export const revived = new Map<string, URLSearchParams>();
const awaited = new Map<Field, string>();

function cells(of: Map<string, Cells>, section: string): Cells {
  const found = of.get(section) ?? new Map<string, string>();
  of.set(section, found);
  return found;
}

/** Sections with something that the server has not confirmed. */
export function unsaved(): string[] {
  const names = new Set([...edits.keys(), ...unanswered.keys(), ...revived.keys()]);
  return [...names].filter((one) => (edits.get(one)?.size ?? 0) > 0 || unanswered.has(one) || revived.has(one));
}

/** Everything unsaved of one section. */
export function unsavedCells(section: string): Cells {
  return new Map([...(unanswered.get(section)?.cells ?? []), ...(edits.get(section) ?? [])]);
}

/** A cell was changed by hand: its text waits to be sent. */
export function note(field: Field, section: string): boolean {
  const key = keyOf(field);
  if (key === undefined) return false;
  if (awaited.has(field)) {
    changedBeneath(section, key, field, awaited.get(field) ?? "");
    awaited.delete(field);
  }
  cells(edits, section).set(key, field.value);
  mirror(section);
  return true;
}

/** Keep what is unsaved of a section in this tab, or forget it where nothing is. */
export function mirror(section: string): void {
  const write = (): void => {
    const form = formOf(section);
    // What an earlier page left stays until it is through: its clash may outlive this page too.
    const earlier = revived.get(section);
    const unsent = new Map([...left(earlier), ...unsavedCells(section)]);
    const sent = unanswered.get(section)?.body ?? earlier;
    const version = sent?.get("base_version") ?? value(form, "base_version");
    const base = sent?.get("base") ?? baseOf(form);
    keep(section, unsent.size === 0 || form === null ? null : { version, base, cells: Object.fromEntries(unsent) });
  };
  if ("requestIdleCallback" in window) window.requestIdleCallback(write, { timeout: 400 });
  else setTimeout(write, 200);
}

/** The cells of a request. */
function left(body: URLSearchParams | undefined): Cells {
  const named = [...(body ?? [])].filter(([name]) => name.startsWith("cell."));
  return new Map(named.map(([name, text]) => [name.slice("cell.".length), text]));
}

/** What a section started from. The page's own base has no ids of rows: they stand in its rows, and go before it. */
export function baseOf(form: HTMLFormElement | null): string {
  const base = value(form, "base");
  if (form === null || !base.startsWith("~")) return base;
  const ids = [...form.elements].filter((one) => one instanceof HTMLInputElement && /^\d+\.id$/.test(one.name));
  return ids.map((one) => (one as HTMLInputElement).value).join(".") + base;
}

/** The text of a hidden field of a form. */
export function value(form: HTMLFormElement | null, name: string): string {
  const field = form?.elements.namedItem(name);
  return field instanceof HTMLInputElement ? field.value : "";
}

/** What was not kept is unsaved as before; what was typed since is newer. */
export function giveBack(section: string, sent: Sent): void {
  edits.set(section, new Map([...sent.cells, ...(edits.get(section) ?? [])]));
}

/** What was kept is what the server has now. */
export function settled(section: string, sent: Sent): void {
  if (sent.cells.size === 0) return;
  for (const field of cellsOf(section)) {
    const text = sent.cells.get(keyOf(field) ?? "");
    if (text !== undefined) know(field, text);
  }
}

/** A cell that nobody types in takes the server's text; under an edit the difference is remembered for the next save. */
export function put(section: string, field: Field, text: string): void {
  const key = keyOf(field);
  if (key !== undefined && edits.get(section)?.has(key)) changedBeneath(section, key, field, text);
  else if (field === document.activeElement && field.value !== text && !(field instanceof HTMLSelectElement)) awaited.set(field, text);
  else {
    awaited.delete(field);
    if (field.value !== text) field.value = text;
    know(field, text);
  }
}

function changedBeneath(section: string, key: string, field: Field, text: string): void {
  const was = cells(before, section);
  if (!was.has(key) && text !== knownText(field)) was.set(key, knownText(field));
  know(field, text);
}

/** The cell is left: what the server had for it meanwhile may stand there now. */
export function leftAlone(field: Field): void {
  const text = awaited.get(field);
  if (text === undefined) return;
  awaited.delete(field);
  field.value = text;
  know(field, text);
}
