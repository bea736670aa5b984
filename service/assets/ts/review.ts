// The reviewer's page. What is written is kept on the server while they read; a page that is out of date says so and decides
// nothing; keys move along the changes. Without scripts every one of these is a button, a link or a refusal.
import { icon, say } from "./status";
import { make } from "./dialog";

const form = document.querySelector<HTMLFormElement>("form#decide");
const KEEP_AFTER_MS = 1_500;
const ASK_EVERY_MS = 30_000;
const WRITES = "input, textarea, select, [contenteditable]";

/** A question that a page asks by itself, in the language that it is shown in. */
function address(path: string): string {
  const lang = new URLSearchParams(window.location.search).get("lang");
  return lang === null ? path : `${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
}

// ---- what is written is kept

let timer: number | undefined;
let running: Promise<boolean> | null = null;
let dirty = false;

async function send(target: HTMLFormElement, to: string): Promise<boolean> {
  const note = document.getElementById("kept");
  dirty = false;
  const body = new URLSearchParams(new FormData(target) as unknown as Record<string, string>);
  const reply = await fetch(address(to), { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  const told = reply !== null && (reply.headers.get("Content-Type") ?? "").startsWith("application/json") ? ((await reply.json()) as { count?: number; refused?: string }) : {};
  const ok = reply !== null && reply.ok && told.count !== undefined;
  if (ok) {
    const field = target.querySelector<HTMLInputElement>("input[name=kept]");
    if (field !== null) field.value = String(told.count);
  } else dirty = true;
  if (note !== null) {
    const many = (told.count ?? 0) > 0 ? `${(note.dataset["many"] ?? "").replace("{num}", String(told.count))} · ` : "";
    note.textContent = ok ? `${many}${target.dataset["kept"] ?? ""}` : (told.refused ?? target.dataset["failed"] ?? "");
    note.classList.toggle("t-err", !ok);
  }
  return ok;
}

async function keep(): Promise<boolean> {
  window.clearTimeout(timer);
  const to = form?.dataset["keep"];
  if (form === null || to === undefined) return false;
  if (running !== null) await running;
  running = send(form, to).finally(() => (running = null));
  return running;
}

function written(event: Event): void {
  const field = event.target as HTMLInputElement;
  if (form === null || field.form !== form || field.type === "hidden") return;
  if (!/^(comment$|remark:|suggest:|field:|proposed:)/.test(field.name)) return;
  dirty = true;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void keep(), KEEP_AFTER_MS);
}

/** The slip of a remark of mine under its place, as the server draws it on the next visit. */
function slip(box: HTMLElement, words: string): void {
  const path = box.dataset["remark"] ?? "";
  const known = document.querySelector<HTMLElement>(`[data-pin="${CSS.escape(path)}"]`);
  if (words === "") {
    (known?.closest("tr.cmrow") ?? known)?.remove();
    return;
  }
  const text = make("span", "pre", words);
  text.lang = "zh-CN";
  const content = [make("b", "", form?.dataset["mine"] ?? ""), " ", make("span", "mut", form?.dataset["hint"] ?? ""), make("br", ""), text];
  if (known !== null) {
    known.replaceChildren(...content);
    return;
  }
  const pin = make("div", "pin mine");
  pin.dataset["pin"] = path;
  pin.append(...content);
  const row = box.closest("tr");
  if (row === null) {
    box.after(pin);
    return;
  }
  const cell = document.createElement("td");
  cell.colSpan = row.cells.length;
  cell.className = "full";
  cell.append(pin);
  const line = make("tr", "cmrow");
  line.append(cell);
  row.after(line);
}

/** Another view of the form waits until what was written is kept: it would show the page without it. */
function leaving(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  if (!dirty || link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.origin !== window.location.origin || (link.pathname === window.location.pathname && link.search === window.location.search)) return;
  event.preventDefault();
  void keep().finally(() => {
    window.location.href = link.href;
  });
}

function pressed(event: Event): void {
  const button = (event.target as Element).closest<HTMLButtonElement>("[data-keep], [data-phrase]");
  if (button === null || !(button instanceof HTMLButtonElement)) return;
  event.preventDefault();
  if (button.dataset["phrase"] !== undefined) {
    const area = document.querySelector<HTMLTextAreaElement>("#comment");
    if (area === null) return;
    area.setRangeText(button.textContent?.trim() ?? "", area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    return;
  }
  const box = button.closest<HTMLDetailsElement>(".rm");
  const area = box?.querySelector("textarea");
  void keep().then((ok) => {
    if (!ok || !box || !area) return;
    slip(box, area.value.trim());
    box.open = false;
    box.querySelector("summary")?.focus();
    say(document.getElementById("kept")?.textContent ?? "");
  });
}

// ---- a page that is out of date

function outdated(words: string): void {
  if (document.getElementById("outdated") !== null) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[name=action]")) {
    if (button.form === form) button.disabled = true;
  }
  const again = make("a", "btn s", form?.dataset["reload"] ?? "") as HTMLAnchorElement;
  again.href = window.location.pathname;
  const notice = make("div", "notice w", icon("warn"), make("div", "", make("p", "", make("b", "", words)), make("p", "", again)));
  notice.id = "outdated";
  notice.setAttribute("role", "alert");
  document.querySelector(".wrap")?.prepend(notice);
}

async function still(): Promise<void> {
  const version = form?.querySelector<HTMLInputElement>("input[name=version]")?.value ?? "";
  const reply = await fetch(address(`${form?.dataset["fresh"] ?? ""}?version=${version}`), { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply === null || !(reply.headers.get("Content-Type") ?? "").startsWith("application/json")) return;
  const told = (await reply.json()) as { same?: boolean; words?: string };
  if (reply.ok && told.same === false) outdated(told.words ?? "");
}

// ---- keys

function changes(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-change]")].filter((one) => one.offsetParent !== null);
}

function move(step: 1 | -1): void {
  const all = changes();
  const here = document.activeElement;
  const at = all.findIndex((one) => one === here || one.contains(here));
  const from = at >= 0 ? at : all.findIndex((one) => here !== null && (one.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_PRECEDING) !== 0 && here !== document.body) - (step > 0 ? 1 : 0);
  const next = all[at >= 0 ? at + step : Math.max(0, step > 0 ? from + 1 : from - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "center" });
}

function remark(): void {
  const here = document.activeElement?.closest("tr, .prose") ?? document.querySelector("[data-change]")?.closest("tr, .prose");
  const box = (here ?? document).querySelector<HTMLDetailsElement>(".rm");
  if (!box) return;
  box.open = true;
  box.querySelector("textarea")?.focus();
}

/** The button that a decision needs: the one with the focus, that of the grade, else the first one. */
function decision(): HTMLButtonElement | undefined {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[name=action]")].filter((one) => one.form === form && !one.disabled && one.offsetParent !== null);
  const grade = form?.querySelector<HTMLInputElement>("input[name=grade]:checked")?.value ?? "";
  const wanted = { fair: "return_for_revision", poor: "reject" }[grade];
  return buttons.find((one) => one === document.activeElement) ?? buttons.find((one) => one.value === wanted) ?? buttons[0];
}

/** The first press leads to the button and names it, the second one presses: nobody passes a form by a slip of the hand. */
function decide(): void {
  const button = decision();
  if (button === undefined) return;
  if (button === document.activeElement) {
    button.click();
    return;
  }
  button.focus();
  say(`${form?.dataset["again"] ?? ""}${button.textContent?.trim() ?? ""}`);
}

function key(event: KeyboardEvent): void {
  if (event.isComposing || event.altKey || event.metaKey || document.querySelector("dialog[open]") !== null) return;
  if (event.ctrlKey) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    decide();
    return;
  }
  const target = event.target as Element;
  if (target.closest(WRITES) !== null) {
    if (event.key === "Escape") target.closest<HTMLDetailsElement>(".rm")?.querySelector("summary")?.focus();
    return;
  }
  if (event.key === "n" || event.key === "p") move(event.key === "n" ? 1 : -1);
  else if (event.key === "c") remark();
  else if (event.key === "]" || event.key === "[") document.querySelector<HTMLAnchorElement>(`a[rel=${event.key === "]" ? "next" : "prev"}]`)?.click();
  else return;
  event.preventDefault();
}

const reads = document.querySelector("[data-review]");
if (reads !== null) document.addEventListener("keydown", key);
if (form !== null && reads !== null) {
  if (form.dataset["keep"] !== undefined) {
    document.addEventListener("input", written);
    document.addEventListener("change", written);
    document.addEventListener("click", pressed);
    document.addEventListener("click", leaving);
    window.addEventListener("pagehide", () => {
      const to = form.dataset["keep"];
      if (dirty && to !== undefined && form.dataset["sent"] !== "yes") navigator.sendBeacon(to, new URLSearchParams(new FormData(form) as unknown as Record<string, string>));
    });
  }
  if (form.dataset["fresh"] !== undefined) {
    window.setInterval(() => void still(), ASK_EVERY_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void still());
  }
}
