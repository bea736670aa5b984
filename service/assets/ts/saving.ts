// Sections save themselves. What is sent are the cells that changed, over the value that they started from. One request is in
// flight; what is typed meanwhile goes with the next one, and the field that has the focus is never replaced.
import { cellsOf, formOf, inLanguage, isField, keyOf, know, knownText, type Field } from "./cells";
import { post, type Answer, type Reply } from "./door";
import { freeze } from "./freeze";
import { keep } from "./mirror";
import { morph } from "./morph";
import { signIn } from "./session";
import { say, Status } from "./status";
import { recompute } from "./sums";

const SETTLE_MS = 1500;
const RETRY_MS = 15000;
type Cells = Map<string, string>;
interface Sent {
  body: URLSearchParams;
  cells: Cells;
  /** A button of it was lost on the way: its cells are sent again, the button is not. */
  cut?: boolean;
}

export const root = document.getElementById("editor");
export const words: DOMStringMap = root?.dataset ?? {};
export const status = new Status(words);
/** Sections whose clash waits for a choice: they alone do not save. */
export const paused = new Set<string>();
const edits = new Map<string, Cells>();
// The text that stood in a cell before somebody else changed it under an edit that is not sent yet.
const before = new Map<string, Cells>();
// Sent and not answered: it may have been kept. The same request goes again before anything newer.
const unanswered = new Map<string, Sent>();
/** Requests of an earlier page of this tab that clashed: their cells are not in the fields. */
export const revived = new Map<string, URLSearchParams>();
const refused = new Set<string>();
const awaited = new Map<Field, string>();
// The button that met a clash: it is pressed anew with the choice.
const pressedAt = new Map<string, Record<string, string>>();
const BUTTON = ["do", "at", "paste", "sure", "undo", "after"];
let timer: number | undefined;
let ticking: number | undefined;
let composing: string | undefined;
let frozen = false;
let flying: Promise<void> = Promise.resolve();

function cells(of: Map<string, Cells>, section: string): Cells {
  const found = of.get(section) ?? new Map<string, string>();
  of.set(section, found);
  return found;
}

/** The section in which an input method composes just now: its text is no text yet. */
export function composes(section: string | undefined): void {
  composing = section;
}

/** Run after what is in flight. */
export function after<T>(task: () => Promise<T>): Promise<T> {
  const run = flying.then(task);
  flying = run.then(() => undefined, () => undefined);
  return run;
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

/** A cell was changed by hand. */
export function edited(field: Field, section: string): void {
  const key = keyOf(field);
  if (key === undefined) return;
  if (awaited.has(field)) {
    changedBeneath(section, key, field, awaited.get(field) ?? "");
    awaited.delete(field);
  }
  cells(edits, section).set(key, field.value);
  refused.delete(section);
  mirror(section);
  mark();
}

/** There is something to save. */
export function mark(): void {
  if (frozen) return;
  status.show("dirty");
  later(SETTLE_MS);
}

function mirror(section: string): void {
  const write = (): void => {
    const form = formOf(section);
    // What an earlier page left stays until it is through: its clash may outlive this page too.
    const earlier = revived.get(section);
    const unsent = new Map([...left(earlier), ...unsavedCells(section)]);
    const sent = unanswered.get(section)?.body ?? earlier;
    const version = sent?.get("base_version") ?? value(form, "base_version");
    const base = sent?.get("base") ?? value(form, "base");
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

function value(form: HTMLFormElement | null, name: string): string {
  const field = form?.elements.namedItem(name);
  return field instanceof HTMLInputElement ? field.value : "";
}

function later(wait: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), wait);
}

/** Save every section that changed, one after the other. True when nothing is left unsaved. */
export function flush(): Promise<boolean> {
  window.clearTimeout(timer);
  window.clearInterval(ticking);
  return after(async () => {
    for (const section of unsaved()) {
      if (paused.has(section) || refused.has(section) || section === composing || frozen) continue;
      if ((await save(section, { do: "save" })) === null) break;
    }
    return unsaved().length === 0;
  }).catch(() => false);
}

/** Send the unsaved cells of a section with a button of it; null where the answer is no new version. */
export async function save(section: string, extra: Record<string, string>): Promise<Answer | null> {
  const form = formOf(section);
  if (form === null || frozen) return null;
  const waiting = unanswered.get(section);
  if (waiting !== undefined) {
    const answer = await send(form, section, waiting);
    if (answer === null) return null;
    if (extra["do"] === "save" && !edits.get(section)?.size) return answer;
  }
  return send(form, section, request(form, section, extra));
}

function request(form: HTMLFormElement, section: string, extra: Record<string, string>): Sent {
  const body = new URLSearchParams(revived.get(section) ?? undefined);
  const unsent = new Map(edits.get(section) ?? []);
  for (const name of ["csrf_token", "base_version", "base"]) {
    if (!revived.has(section) || name === "csrf_token") body.set(name, value(form, name));
  }
  body.set("patch", "yes");
  body.set("window", words["window"] ?? "");
  for (const [key, text] of unsent) body.set(`cell.${key}`, text);
  for (const [key, text] of before.get(section) ?? []) body.set(`was.${key}`, text);
  for (const [name, text] of Object.entries(extra)) body.set(name, text);
  edits.delete(section);
  return { body, cells: unsent };
}

async function send(form: HTMLFormElement, section: string, sent: Sent): Promise<Answer | null> {
  status.show("saving");
  const reply = await post(form, sent.body);
  unanswered.delete(section);
  if (reply.kind === "kept" && reply.answer.preview !== undefined) {
    giveBack(section, sent); // nothing was kept: it is shown first
    status.back();
    return reply.answer;
  }
  if (reply.kind === "kept") {
    for (const [key] of sent.cells) before.get(section)?.delete(key);
    revived.delete(section);
    settled(section, sent);
    take(form, section, reply.answer);
    mirror(section);
    if (sent.cut) {
      status.show("said", words["cut"] ?? "");
      say(words["cut"] ?? "");
    }
    return reply.answer;
  }
  fail(form, section, sent, reply);
  mirror(section);
  return null;
}

/** What was not kept is unsaved as before; what was typed since is newer. */
function giveBack(section: string, sent: Sent): void {
  edits.set(section, new Map([...sent.cells, ...(edits.get(section) ?? [])]));
}

/** What was kept is what the server has now. */
function settled(section: string, sent: Sent): void {
  if (sent.cells.size === 0) return;
  for (const field of cellsOf(section)) {
    const text = sent.cells.get(keyOf(field) ?? "");
    if (text !== undefined) know(field, text);
  }
}

function fail(form: HTMLFormElement, section: string, sent: Sent, reply: Exclude<Reply, { kind: "kept" }>): void {
  if (reply.kind === "lost") {
    sent.cut = sent.cut === true || sent.body.get("do") !== "save";
    sent.body.set("do", "save");
    unanswered.set(section, sent);
    retryLater();
    return;
  }
  giveBack(section, sent);
  if (reply.kind === "clash") {
    pressedAt.set(section, Object.fromEntries([...sent.body].filter(([name]) => BUTTON.includes(name))));
    clash(form, section, reply.html);
  } else if (reply.kind === "signed-out") {
    status.show("signin", undefined, { word: words["goSignIn"] ?? "", take: () => void again() });
    void again();
  } else if (reply.kind === "closed") {
    frozen = true;
    freeze(reply.words);
  } else if (sent.body.get("do") === "save") {
    refused.add(section);
    status.show("failed", reply.words, { word: words["retry"] ?? "", take: () => (refused.delete(section), void flush()) });
  } else {
    status.show("failed", reply.words);
    say(reply.words);
  }
}

/** Sign in within the page; then what waited is sent, once. */
export async function again(): Promise<void> {
  if (await signIn()) void flush();
}

function retryLater(): void {
  const offer = { word: words["retry"] ?? "", take: () => void flush() };
  if (!navigator.onLine) {
    status.show("offline", undefined, offer);
    return;
  }
  const due = Date.now() + RETRY_MS;
  const text = (): string => (words["failed"] ?? "").replace("{seconds}", String(Math.max(0, Math.ceil((due - Date.now()) / 1000))));
  status.show("failed", text(), offer);
  window.clearInterval(ticking);
  ticking = window.setInterval(() => status.tick("failed", text()), 1000);
  later(RETRY_MS);
}

/** Two changes of one cell: the choice stands in the section, which waits for it; the others go on. */
function clash(form: HTMLFormElement, section: string, html: string): void {
  paused.add(section);
  document.getElementById(`clash-${section}`)?.remove();
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

/** The choice is made: send it with everything that the section holds. */
export async function choose(section: string): Promise<void> {
  const chooser = document.getElementById(`clash-${section}`);
  const form = formOf(section);
  if (chooser === null || form === null) return;
  const extra: Record<string, string> = { ...(pressedAt.get(section) ?? { do: "save" }) };
  for (const field of chooser.querySelectorAll<HTMLInputElement>("input[name], textarea[name]")) {
    if (field.type !== "radio" || field.checked) extra[field.name] = field.value;
  }
  await after(async () => {
    paused.delete(section);
    status.show("said", words["saving"]);
    if ((await save(section, extra)) !== null) document.getElementById(`clash-${section}`)?.remove();
    else if (document.getElementById(`clash-${section}`) !== null) paused.add(section);
  });
  const first = document.querySelector<HTMLElement>(`#sec-${section} .cell, #sec-${section} .in`);
  if (!paused.has(section)) first?.focus();
}

function take(form: HTMLFormElement, section: string, answer: Answer): void {
  if (answer.reload) {
    if (unsaved().length === 0) window.location.reload();
    return;
  }
  set(form, "base_version", String(answer.version));
  set(form, "base", answer.base);
  if (answer.section !== undefined || answer.values !== undefined) redraw(section, answer);
  if (answer.beside !== undefined) {
    const other = formOf(answer.beside.name);
    if (other !== null) {
      set(other, "base_version", String(answer.beside.version));
      set(other, "base", answer.beside.base);
      redraw(answer.beside.name, answer.beside);
    }
  }
  if (answer.html !== undefined) show(answer);
  document.dispatchEvent(new CustomEvent("jixiao:present", { detail: answer.present }));
  if (answer.said) {
    status.show("said", answer.said);
    say(answer.said);
  }
  if (unsaved().length > 0) mark();
  else {
    if (!answer.said) status.saved(answer.saved_at);
    document.dispatchEvent(new CustomEvent("jixiao:saved"));
    if (answer.html === undefined) void refresh();
  }
}

/** The section as the server has it, under what is being typed. */
function redraw(section: string, answer: { section?: string; values?: Record<string, string> }): void {
  const card = document.getElementById(`sec-${section}`);
  if (answer.section !== undefined && card !== null) {
    const drawn = document.createElement("div");
    drawn.innerHTML = answer.section;
    const chooser = document.getElementById(`clash-${section}`);
    chooser?.remove();
    morph(card, drawn.firstElementChild as Element, (field, text) => put(section, field, text));
    for (const one of card.querySelectorAll<HTMLElement>(".js-only")) one.hidden = false;
  } else {
    for (const [id, text] of Object.entries(answer.values ?? {})) {
      const field = document.getElementById(id);
      if (isField(field)) put(section, field, text);
    }
  }
  for (const field of cellsOf(section)) field.disabled = false;
  recompute();
}

/** A cell that nobody types in takes the server's text; under an edit the difference is remembered for the next save. */
function put(section: string, field: Field, text: string): void {
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

function show(answer: Answer): void {
  for (const [id, html] of Object.entries(answer.html ?? {})) swap(id, html);
  for (const [id, text] of Object.entries(answer.text ?? {})) {
    const place = document.getElementById(id);
    if (place !== null && unsaved().length === 0) place.textContent = text;
  }
  if (answer.marks) paint(answer.marks);
  document.dispatchEvent(new CustomEvent("jixiao:checked"));
}

export function set(form: HTMLFormElement, name: string, text: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = text;
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
