// Rows are added, moved, copied and deleted in place: each is a button of the plain form, whose answer brings the section anew.
import { formOf, isField, sectionOf, type Field } from "./cells";
import type { Answer } from "./door";
import { rowId } from "./morph";
import { paused } from "./clash";
import { after, edited, flush, save } from "./saving";
import { offerUndo, say, words } from "./status";
import { recompute } from "./sums";
import { baseOf, leftAlone, unsaved } from "./unsent";

const DELETE_UNDO_MS = 10_000;
const PASTE_UNDO_MS = 600_000;
type Extra = Record<string, string>;

export function rowsOf(section: string): HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>(`#sec-${section} tbody tr[id^="r-"]`)];
}

export function rowOf(target: Element | null): HTMLTableRowElement | null {
  return target?.closest<HTMLTableRowElement>('tr[id^="r-"]') ?? null;
}

export function column(field: Field): string {
  return field.name.split(".")[1] ?? "";
}

/** Do something with a section's rows after what is in flight; `order` is asked then, when rows stand where they stand. */
export async function act(section: string, order: () => Extra | null): Promise<{ answer: Answer; before: string } | null> {
  if (paused.has(section)) return null;
  return after(async () => {
    const extra = order();
    if (extra === null) return null;
    const before = baseOf(formOf(section));
    const answer = await save(section, extra);
    // Whoever pastes into the cell that has the focus wants to see it there: nothing of theirs is in it any more.
    const here = document.activeElement;
    if (answer !== null && isField(here) && sectionOf(here) === section) leftAlone(here);
    recompute();
    return answer === null ? null : { answer, before };
  });
}

/** `verb:<place of the row now>`, null where the row is gone. */
function placed(section: string, verb: string, id: string): Extra | null {
  const at = rowsOf(section).findIndex((row) => rowId(row) === id);
  return at < 0 ? null : { do: `${verb}:${at}` };
}

export function rowAct(section: string, verb: string, row: HTMLTableRowElement | null, field = ""): void {
  const id = row === null ? "" : rowId(row);
  void act(section, () => (row === null ? { do: verb } : placed(section, verb, id))).then((done) => {
    if (done === null) return;
    const { answer, before } = done;
    const at = document.getElementById(answer.focus ?? "");
    if (verb === "delete") undo(section, words["deleted"] ?? "", before, answer.base, DELETE_UNDO_MS);
    else if (verb === "add" || verb === "copy") say((words[verb === "add" ? "added" : "copiedRow"] ?? "").replace("{number}", number(at)));
    else if (!verb.startsWith("to:")) say((words["moved"] ?? "").replace("{number}", number(at)));
    else movedAway(answer);
    if (verb.startsWith("to:")) focusCell(document.getElementById(answer.beside?.focus ?? ""), "");
    else focusCell(at ?? rowsOf(section)[0] ?? null, verb === "add" ? "" : field, section);
  });
}

function movedAway(answer: Answer): void {
  const title = document.getElementById(`h-${answer.beside?.name ?? ""}`)?.textContent ?? "";
  say((words["movedTo"] ?? "").replace("{table}", title));
}

function number(row: Element | null): string {
  return String(row === null ? "" : Number(row.id.split("-").pop()) + 1);
}

function focusCell(row: Element | null, field: string, section = ""): void {
  const same = field === "" ? null : row?.querySelector<HTMLElement>(`.cell[name$=".${field}"]`);
  const first = row?.querySelector<HTMLElement>(".cell") ?? document.querySelector<HTMLElement>(`#sec-${section} .addrow button`);
  const target = same ?? first;
  if (target !== document.activeElement) target?.focus();
}

export function undo(section: string, text: string, before: string, left: string, milliseconds: number): void {
  const take = (): void => {
    void act(section, () => ({ do: "restore", undo: before, after: left })).then((done) => {
      if (done !== null) say(words["undone"] ?? "");
    });
  };
  offerUndo(text, { word: words["undo"] ?? "", take }, milliseconds);
}

export function undoPaste(section: string, added: number, before: string, left: string): void {
  undo(section, (words["pasted"] ?? "").replace("{added}", String(added)), before, left, PASTE_UNDO_MS);
}

/** A button of the plain form was pressed. */
export function pressed(event: MouseEvent): void {
  const button = (event.target as Element | null)?.closest<HTMLButtonElement>("button[name=do]");
  const section = button?.form?.dataset["section"];
  if (button === null || button === undefined || section === undefined) return;
  event.preventDefault();
  if (button.value === "save") {
    void flush();
    return;
  }
  button.closest("details")?.removeAttribute("open");
  const cut = button.value.lastIndexOf(":");
  const row = rowOf(button);
  if (row !== null && cut > 0) rowAct(section, button.value.slice(0, cut), row, lastColumn);
  else if (["add", "copy", "last_year"].includes(button.value)) rowAct(section, button.value, null);
  else void act(section, () => ({ do: button.value }));
}

/** Of a long table the menu of a row is made when it is opened. */
export function opened(event: Event): void {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !menu.open || !menu.matches("td .acts") || menu.querySelector(".acts-b") !== null) return;
  const row = rowOf(menu);
  const made = document.querySelector<HTMLTemplateElement>(`#acts-${row?.id.replace(/^r-|-\d+$/g, "") ?? ""}`)?.content.cloneNode(true);
  if (row === null || !(made instanceof DocumentFragment)) return;
  for (const link of made.querySelectorAll<HTMLAnchorElement>('a[href$="row="]')) link.href += rowId(row);
  menu.append(made);
}

let lastColumn = "";

/** Remember the column, so that after a delete the focus is in the same one. */
export function stood(target: EventTarget | null): void {
  if (isField(target) && target.matches("table.edit .cell")) lastColumn = column(target);
}

/** Keys within a table: rows move with Alt, are copied with Ctrl+D, added with Ctrl+Enter; Enter and Ctrl go down a column. */
export function keyInTable(event: KeyboardEvent, field: Field, section: string): void {
  const row = rowOf(field);
  if (row === null) return;
  const vertical = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey && !control && vertical !== 0) {
    rowAct(section, vertical < 0 ? "up" : "down", row, column(field));
  } else if (control && vertical !== 0) {
    step(section, row, field, vertical);
  } else if (control && event.key.toLowerCase() === "d") {
    rowAct(section, "copy", row, column(field));
  } else if (control && event.key === "Enter" && row === rowsOf(section).pop()) {
    rowAct(section, "add", null);
  } else if (event.key === "Enter" && !event.shiftKey && !event.altKey && !control && field instanceof HTMLInputElement) {
    if (field.getAttribute("aria-expanded") === "true") return;
    step(section, row, field, 1);
  } else {
    return;
  }
  event.preventDefault();
}

function step(section: string, row: HTMLTableRowElement, field: Field, by: number): void {
  const rows = rowsOf(section);
  const other = rows[rows.indexOf(row) + by];
  other?.querySelector<HTMLElement>(`.cell[name$=".${column(field)}"]`)?.focus();
}

/** Rows can be drawn by their numbers too; nothing needs it. */
export function draw(): void {
  let drawn: HTMLTableRowElement | null = null;
  document.addEventListener("pointerdown", (event) => {
    const handle = (event.target as Element | null)?.closest<HTMLElement>('table.edit tbody tr[id^="r-"] > td.h:first-child');
    if (handle) handle.draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    const handle = event.target as HTMLElement;
    drawn = handle instanceof HTMLElement && handle.draggable && handle.matches("td.h") ? rowOf(handle) : null;
  });
  document.addEventListener("dragover", (event) => {
    const over = rowOf(event.target as Element);
    if (drawn !== null && over !== null && over.parentElement === drawn.parentElement) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const over = rowOf(event.target as Element);
    const from = drawn;
    drawn = null;
    const section = from?.querySelector<HTMLInputElement>("input[form]")?.form?.dataset["section"];
    if (from === null || over === null || over === from || section === undefined || over.parentElement !== from.parentElement) return;
    event.preventDefault();
    const [one, other] = [rowId(from), rowId(over)];
    const place = (id: string): number => rowsOf(section).findIndex((row) => rowId(row) === id);
    void act(section, () => ({ do: `place:${place(one)}:${place(other)}` })).then((done) => {
      const at = document.getElementById(done?.answer.focus ?? "");
      if (at !== null) say((words["moved"] ?? "").replace("{number}", number(at)));
    });
  });
}

/** Whether anything waits to be saved, for those who leave. */
export function waits(): boolean {
  return unsaved().length > 0;
}

/** Write a text over a part of a cell as if it were typed, so that the browser's own undo knows of it. */
export function type(field: HTMLTextAreaElement, section: string, text: string, from: number, to: number): void {
  field.focus();
  field.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  edited(field, section);
}
