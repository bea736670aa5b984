// The editor and the score sheet, once scripts run: sections save themselves, rows move in place, blocks are pasted.
// Everything here is also a plain form. One request is in flight; what is typed meanwhile goes with the next one, and the
// field that has the focus is never replaced.
import { Status } from "./status";
import { recompute } from "./sums";

interface Answer {
  version: number;
  base: string;
  saved_at: string;
  marks?: Record<string, string>;
  html?: Record<string, string>;
  text?: Record<string, string>;
  section?: string;
  focus?: string | null;
  reload?: boolean;
  refused?: string;
}

const SETTLE_MS = 1500;
const RETRY_MS = 15000;
const root = document.getElementById("editor");
const words: DOMStringMap = root?.dataset ?? {};
const status = new Status(words);
const dirty = new Set<string>();
const paused = new Set<string>();
let timer: number | undefined;
let flying: Promise<void> = Promise.resolve();

function formOf(section: string): HTMLFormElement | null {
  const found = document.getElementById(`f-${section}`);
  return found instanceof HTMLFormElement ? found : null;
}

function sectionOf(target: EventTarget | null): string | undefined {
  const field = target as HTMLInputElement | null;
  return field?.form?.dataset?.["section"];
}

function body(form: HTMLFormElement, extra: Record<string, string>): URLSearchParams {
  const sent = new URLSearchParams();
  new FormData(form).forEach((value, name) => sent.append(name, String(value)));
  for (const [name, value] of Object.entries(extra)) sent.append(name, value);
  return sent;
}

function later(wait: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), wait);
}

/** Save every section that changed, one after the other. True when nothing is left unsaved. */
function flush(): Promise<boolean> {
  window.clearTimeout(timer);
  const run = flying.then(async () => {
    for (const section of [...dirty]) if (!paused.has(section)) await save(section, { do: "save" });
  });
  flying = run.catch(() => undefined);
  return flying.then(() => dirty.size === 0);
}

async function save(section: string, extra: Record<string, string>): Promise<Answer | null> {
  const form = formOf(section);
  if (form === null) return null;
  const sent = body(form, extra);
  dirty.delete(section);
  status.show("saving");
  const answer = await post(form, sent);
  if (answer === null) {
    dirty.add(section);
    return null;
  }
  take(form, answer);
  if (body(form, extra).toString() !== withVersion(sent, answer).toString() && !answer.section) mark(section);
  if (dirty.size === 0) status.saved(answer.saved_at);
  return answer;
}

function withVersion(sent: URLSearchParams, answer: Answer): URLSearchParams {
  const seen = new URLSearchParams(sent);
  seen.set("base_version", String(answer.version));
  seen.set("base", answer.base);
  return seen;
}

/** The server's answer, or null after the reason stands in the foot. */
async function post(form: HTMLFormElement, sent: URLSearchParams): Promise<Answer | null> {
  const section = form.dataset["section"] ?? "";
  let reply: Response;
  try {
    reply = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "application/json" }, keepalive: sent.toString().length < 60000 });
  } catch {
    status.show(navigator.onLine ? "failed" : "offline", undefined, { word: words["retry"] ?? "", take: () => void flush() });
    later(RETRY_MS);
    return null;
  }
  const json = (reply.headers.get("Content-Type") ?? "").startsWith("application/json");
  const answer = json ? ((await reply.json()) as Answer) : null;
  if (reply.ok && answer !== null) return answer;
  if (reply.status === 409 && answer !== null) {
    paused.add(section);
    status.show("clash", undefined, { word: words["look"] ?? "", take: () => leave(form) });
  } else if (reply.ok || reply.status === 401) {
    status.show("signin", undefined, { word: words["retry"] ?? "", take: () => void flush() });
  } else {
    status.show("failed", answer?.refused, { word: words["retry"] ?? "", take: () => void flush() });
    if (reply.status >= 500) later(RETRY_MS);
  }
  return null;
}

/** Show the page that the plain form leads to. */
function leave(form: HTMLFormElement): void {
  dirty.clear();
  form.submit();
}

function take(form: HTMLFormElement, answer: Answer): void {
  if (answer.reload) {
    dirty.clear();
    window.location.reload();
    return;
  }
  set(form, "base_version", String(answer.version));
  set(form, "base", answer.base);
  for (const [id, html] of Object.entries(answer.html ?? {})) swap(id, html);
  for (const [id, text] of Object.entries(answer.text ?? {})) {
    const place = document.getElementById(id);
    if (place !== null) place.textContent = text;
  }
  if (answer.marks) paint(answer.marks);
  spy();
}

function set(form: HTMLFormElement, name: string, value: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}

/** Replace the content of a part. Not while somebody is typing in it: their next save brings it again. */
function swap(id: string, html: string): void {
  const place = document.getElementById(id);
  if (place === null || (place.contains(document.activeElement) && place !== document.activeElement)) return;
  const open = place.querySelector("details")?.open ?? false;
  if (id === "panel") place.outerHTML = html;
  else place.innerHTML = html;
  const again = place.querySelector("details");
  if (open && again !== null) again.open = true;
}

function paint(marks: Record<string, string>): void {
  for (const field of document.querySelectorAll<HTMLElement>('[id^="c-"][form]')) {
    const mark = marks[field.id] ?? "";
    const cell = field.closest<HTMLElement>("table.edit td");
    if (cell !== null) cell.className = mark;
    if (mark === "err") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

function mark(section: string): void {
  dirty.add(section);
  if (!paused.has(section)) status.show("dirty");
  later(SETTLE_MS);
}

/** A button of a row: the other sections are saved first, then the rows come back as the server has them. */
async function act(section: string, extra: Record<string, string>, said?: (rows: number) => string): Promise<void> {
  await flush();
  const form = formOf(section);
  if (form === null || paused.has(section)) return;
  const undo = (form.elements.namedItem("base") as HTMLInputElement | null)?.value ?? "";
  const before = rowsOf(section);
  const run = flying.then(() => save(section, extra));
  flying = run.then(() => undefined, () => undefined);
  const answer = await run;
  if (answer?.section === undefined) return;
  const card = document.getElementById(`sec-${section}`);
  if (card !== null) card.outerHTML = answer.section;
  focusRow(answer.focus ?? null, section);
  recompute();
  const text = said?.(rowsOf(section) - before);
  if (text) status.show("said", text, { word: words["undo"] ?? "", take: () => void act(section, { do: "restore", undo }) });
}

function rowsOf(section: string): number {
  return document.querySelectorAll(`#sec-${section} tbody tr[id^="r-"]`).length;
}

function focusRow(id: string | null, section: string): void {
  const row = id === null ? null : document.getElementById(id);
  const field = row?.querySelector<HTMLElement>(".cell") ?? document.querySelector<HTMLElement>(`#sec-${section} .addrow button`);
  field?.focus();
}

function pressed(event: MouseEvent): void {
  const button = (event.target as Element | null)?.closest<HTMLButtonElement>("button[name=do]");
  const section = button?.form?.dataset["section"];
  if (button === null || button === undefined || section === undefined) return;
  event.preventDefault();
  if (button.value === "save") {
    mark(section);
    void flush();
    return;
  }
  const deletes = button.value.startsWith("delete");
  void act(section, { do: button.value }, deletes ? () => words["deleted"] ?? "" : undefined);
}

function paste(event: ClipboardEvent): void {
  const field = event.target as HTMLInputElement | HTMLTextAreaElement;
  const section = field.matches?.("table.edit .cell") ? sectionOf(field) : undefined;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const lines = text.replace(/\r?\n$/, "");
  const isBlock = lines.includes("\t") || (lines.includes("\n") && field instanceof HTMLInputElement);
  if (section === undefined || !isBlock) return;
  event.preventDefault();
  const said = (added: number): string => (words["pasted"] ?? "").replace("{added}", String(Math.max(added, 0)));
  void act(section, { do: "paste", at: field.name, paste: text }, said);
}

function keys(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-section]")) dirty.add(form.dataset["section"] ?? "");
    void flush();
  }
}

/** Links and forms that leave the page wait until everything is saved. */
async function away(event: Event): Promise<void> {
  const target = (event.target as Element | null)?.closest<HTMLElement>("[data-flush]");
  if (target === null || target === undefined || (event.type === "click" && target instanceof HTMLFormElement)) return;
  if (dirty.size === 0) return;
  event.preventDefault();
  if (!(await flush())) return;
  if (target instanceof HTMLAnchorElement) window.location.assign(target.href);
  else if (target instanceof HTMLFormElement) target.submit();
}

/** The step of the section that is being read. */
function spy(): void {
  const steps = [...document.querySelectorAll<HTMLAnchorElement>('#steps a[href^="#sec-"]')];
  const line = window.innerHeight / 3;
  let current: HTMLAnchorElement | undefined;
  for (const step of steps) {
    const card = document.getElementById(step.hash.slice(1));
    if (card !== null && card.getBoundingClientRect().top <= line) current = step;
  }
  for (const step of steps) {
    if (step === (current ?? steps[0])) step.setAttribute("aria-current", "true");
    else step.removeAttribute("aria-current");
  }
}

function grow(field: Element): void {
  if (CSS.supports("field-sizing", "content") || !(field instanceof HTMLTextAreaElement)) return;
  field.rows = 1;
  while (field.scrollHeight > field.clientHeight + 2 && field.rows < 60) field.rows += 1;
}

function count(field: Element): void {
  const place = document.getElementById("goal-count");
  if (place === null || !(field instanceof HTMLTextAreaElement) || field.name !== "overall_goal") return;
  place.textContent = (place.dataset["words"] ?? "{n}").replace("{n}", String([...field.value.replace(/\s/g, "")].length));
}

function typedIn(event: Event): void {
  const section = sectionOf(event.target);
  if (section === undefined) return;
  const field = event.target as Element;
  grow(field);
  if ((event as InputEvent).isComposing) {
    dirty.add(section);
    return;
  }
  count(field);
  recompute();
  mark(section);
}

function jump(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest<HTMLAnchorElement>('a[href^="#c-"], a[href^="#a-"], a[href^="#e-"]');
  const field = link === null || link === undefined ? null : document.getElementById(link.hash.slice(1));
  if (field === null) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
}

function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.acts[open]")) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
}

if (root !== null) {
  for (const one of document.querySelectorAll<HTMLElement>(".js-only")) one.hidden = false;
  document.addEventListener("input", typedIn);
  document.addEventListener("compositionend", typedIn);
  document.addEventListener("change", typedIn);
  document.addEventListener("paste", paste);
  document.addEventListener("keydown", keys);
  document.addEventListener("click", pressed);
  document.addEventListener("click", jump);
  document.addEventListener("click", closeMenus);
  document.addEventListener("click", (event) => void away(event));
  document.addEventListener("submit", (event) => void away(event));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush());
  window.addEventListener("online", () => void flush());
  window.addEventListener("scroll", spy, { passive: true });
  window.addEventListener("beforeunload", (event) => dirty.size > 0 && event.preventDefault());
  spy();
}
