// Sections save themselves. One request is in flight; what is typed meanwhile goes with the next one, and the field that
// has the focus is never replaced. What others changed is shown at once, or the next save would take it back.
import { Status } from "./status";
import { recompute } from "./sums";

export interface Answer {
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
  values?: Record<string, string>;
  said?: string;
}

const SETTLE_MS = 1500;
const RETRY_MS = 15000;
export const root = document.getElementById("editor");
export const words: DOMStringMap = root?.dataset ?? {};
export const status = new Status(words);
export const dirty = new Set<string>();
export const paused = new Set<string>();
let timer: number | undefined;
let composing: string | undefined;
let flying: Promise<void> = Promise.resolve();

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

export function formOf(section: string): HTMLFormElement | null {
  const found = document.getElementById(`f-${section}`);
  return found instanceof HTMLFormElement ? found : null;
}

export function sectionOf(target: EventTarget | null): string | undefined {
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
export function flush(): Promise<boolean> {
  window.clearTimeout(timer);
  return after(async () => {
    for (const section of [...dirty]) {
      if (!paused.has(section) && section !== composing) await save(section, { do: "save" });
    }
    return dirty.size === 0;
  }).catch(() => false);
}

export async function save(section: string, extra: Record<string, string>): Promise<Answer | null> {
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
  if (answer.said && extra["do"] === "save") {
    join(section, answer, sent);
    return answer;
  }
  if (body(form, extra).toString() !== withVersion(sent, answer).toString() && !answer.section) mark(section);
  if (dirty.size === 0) status.saved(answer.saved_at);
  return answer;
}

/** Others changed this section too. What they did is shown now, or the next save would take it back. */
function join(section: string, answer: Answer, sent: URLSearchParams): void {
  const card = document.getElementById(`sec-${section}`);
  const busy = card?.contains(document.activeElement) ?? false;
  if (answer.section !== undefined && card !== null && !busy) {
    card.outerHTML = answer.section;
  } else if (Object.keys(answer.values ?? {}).every((id) => document.getElementById(id) !== null)) {
    for (const [id, text] of Object.entries(answer.values ?? {})) put(document.getElementById(id), text, sent);
  } else {
    paused.add(section);
    status.show("clash", answer.said, { word: words["look"] ?? "", take: () => window.location.reload() });
    return;
  }
  recompute();
  status.show("said", answer.said);
}

/** A cell that nobody has touched since it was sent takes the value of the others. */
function put(field: HTMLElement | null, text: string, sent: URLSearchParams): void {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) return;
  const before = (sent.get(field.name) ?? "").replace(/\r\n/g, "\n");
  if (field.value === before && field.value !== text) field.value = text;
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
  if (reply.status === 403 && (await renewed(sent))) return post(form, sent);
  const json = (reply.headers.get("Content-Type") ?? "").startsWith("application/json");
  const answer = json ? ((await reply.json()) as Answer) : null;
  if (reply.ok && answer !== null) return answer;
  if (reply.status === 409 && answer !== null) {
    paused.add(section);
    status.show("clash", undefined, { word: words["look"] ?? "", take: () => leave(form) });
  } else if (reply.ok || reply.status === 401) {
    status.show("signin", undefined, { word: words["goSignIn"] ?? "", take: signIn });
  } else {
    status.show("failed", answer?.refused, { word: words["retry"] ?? "", take: () => void flush() });
    if (reply.status >= 500) later(RETRY_MS);
  }
  return null;
}

/** Sign in beside this page, so that what is typed stays; coming back saves it. */
function signIn(): void {
  window.addEventListener("focus", () => void flush(), { once: true });
  window.open("/sign-in", "_blank");
}

/** A new session has a new token, which this page does not carry yet. True where one was taken over. */
async function renewed(sent: URLSearchParams): Promise<boolean> {
  const reply = await fetch(window.location.pathname).catch(() => null);
  if (reply === null || !reply.ok) return false;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const token = page.querySelector<HTMLInputElement>("form[data-section] input[name=csrf_token]")?.value;
  if (token === undefined || token === sent.get("csrf_token")) return false;
  for (const field of document.querySelectorAll<HTMLInputElement>("input[name=csrf_token]")) field.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  sent.set("csrf_token", token);
  return true;
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
  document.dispatchEvent(new CustomEvent("jixiao:saved"));
}

export function set(form: HTMLFormElement, name: string, value: string): void {
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

export function mark(section: string): void {
  dirty.add(section);
  if (!paused.has(section)) status.show("dirty");
  later(SETTLE_MS);
}
