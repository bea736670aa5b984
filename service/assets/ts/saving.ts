// Sections save themselves. What is sent are the cells that changed, over the value that they started from. One request is in
// flight; what is typed meanwhile goes with the next one, and the field that has the focus is never replaced.
import { chooser, chosen, clash, paused } from "./clash";
import { formOf, type Field } from "./cells";
import { post, type Answer, type Reply } from "./door";
import { redraw, refresh, show } from "./drawing";
import { freeze } from "./freeze";
import { signIn } from "./session";
import { say, status, words } from "./status";
import { baseOf, before, edits, giveBack, mirror, note, revived, settled, unanswered, unsaved, value, type Sent } from "./unsent";

const SETTLE_MS = 1500;
const RETRY_MS = 15000;
const refused = new Set<string>();
let timer: number | undefined;
let ticking: number | undefined;
let composing: string | undefined;
let frozen = false;
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

/** A cell was changed by hand. */
export function edited(field: Field, section: string): void {
  if (!note(field, section)) return;
  refused.delete(section);
  mark();
}

/** There is something to save. */
export function mark(): void {
  if (frozen) return;
  status.show("dirty");
  later(SETTLE_MS);
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
  body.set("csrf_token", value(form, "csrf_token"));
  if (!revived.has(section)) {
    body.set("base_version", value(form, "base_version"));
    body.set("base", baseOf(form));
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
    clash(form, section, sent, reply.html);
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

/** The choice is made: send it with everything that the section holds. */
export async function choose(section: string): Promise<void> {
  if (chooser(section) === null || formOf(section) === null) return;
  const extra = chosen(section);
  await after(async () => {
    paused.delete(section);
    status.show("said", words["saving"]);
    if ((await save(section, extra)) !== null) chooser(section)?.remove();
    else if (chooser(section) !== null) paused.add(section);
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

function set(form: HTMLFormElement, name: string, text: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = text;
}
