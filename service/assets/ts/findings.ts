// The panel of findings beside the editor: what was mended stays as ✓ until the next look, F8 goes from one to the next, and
// while somebody types it says that it may be out of date. Without scripts the page draws it anew with each save.
import { inLanguage } from "./cells";
import { refresh } from "./drawing";
import { flush } from "./saving";
import { root } from "./status";

const fixed = new Map<string, string>();
let only = false;
let last: string | undefined;
let notes: boolean | undefined;
let looking = false;

function panel(): HTMLElement | null {
  return document.getElementById("panel");
}

function items(): HTMLElement[] {
  return [...(panel()?.querySelectorAll<HTMLElement>(".issue[data-key]") ?? [])];
}

/** The words of each finding by what tells it from all others. */
function read(): Map<string, string> {
  return new Map(items().map((item) => [item.dataset["key"] ?? "", item.querySelector("a")?.innerHTML ?? ""]));
}

/** The section that is being worked on: that of the field in hand, else the one that is read. */
function here(): string | undefined {
  const field = document.activeElement as HTMLInputElement | null;
  const named = field?.form?.dataset?.["section"];
  return named ?? document.querySelector<HTMLAnchorElement>("#steps a[aria-current]")?.hash.replace("#sec-", "");
}

function show(): void {
  const card = panel();
  if (card === null) return;
  for (const one of card.querySelectorAll<HTMLElement>("[data-only], [data-keys]")) one.hidden = items().length === 0;
  const box = card.querySelector<HTMLInputElement>("[data-only] input");
  if (box !== null) box.checked = only;
  const folded = card.querySelector<HTMLDetailsElement>("[data-notes]");
  if (folded !== null && notes !== undefined) folded.open = notes;
  narrow();
}

/** 只看本节: findings of other sections are put away, holds and counts stay. */
function narrow(): void {
  const section = only ? here() : undefined;
  for (const item of items()) item.hidden = section !== undefined && item.dataset["in"] !== section;
  for (const group of panel()?.querySelectorAll<HTMLElement>(".fgroup") ?? []) {
    group.hidden = [...group.querySelectorAll<HTMLElement>(".issue")].every((item) => item.hidden);
  }
}

/** Findings that are gone stay as mended until somebody looks again; one that comes back is open again. */
function drawn(before: Map<string, string>): void {
  const now = read();
  if (looking) {
    looking = false;
    fixed.clear();
    panel()?.querySelector("h2")?.focus();
    return;
  }
  for (const [key, html] of before) if (!now.has(key)) fixed.set(key, html);
  for (const key of now.keys()) fixed.delete(key);
  const list = panel()?.querySelector(".issues");
  if (list === null || list === undefined) return;
  for (const html of fixed.values()) list.append(mended(html));
}

function mended(html: string): HTMLElement {
  const item = document.createElement("p");
  item.className = "issue mended";
  item.innerHTML = html;
  const mark = item.querySelector("svg");
  mark?.setAttribute("class", "ic t-ok");
  const use = mark?.querySelector("use");
  use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*$/, "#check"));
  const said = document.createElement("span");
  said.className = "vh";
  said.textContent = panel()?.dataset["fixed"] ?? "";
  item.append(said);
  return item;
}

/** One line holds either the time of the check or that something has changed since, so nothing below it moves. */
function stale(is: boolean): void {
  for (const [name, hidden] of [["[data-stale]", !is], ["[data-fresh]", is]] as const) {
    const line = panel()?.querySelector<HTMLElement>(name);
    if (line !== null && line !== undefined && line.hidden !== hidden) line.hidden = hidden;
  }
}

/** 重新检查: everything is saved and looked at again, by the server; what was mended before is forgotten. */
async function again(button: HTMLElement): Promise<void> {
  button.setAttribute("aria-disabled", "true");
  const saved = await flush();
  button.removeAttribute("aria-disabled");
  if (!saved) return;
  looking = true;
  button.blur(); // a panel that holds the focus is not drawn anew
  await refresh();
}

/** F8 and Shift+F8: the next and the previous finding, around the end. */
function step(back: boolean): void {
  const open = items().filter((item) => item.offsetParent !== null);
  if (open.length === 0) return;
  const at = open.findIndex((item) => item.dataset["key"] === last);
  const next = at < 0 ? (back ? open.length - 1 : 0) : (at + (back ? -1 : 1) + open.length) % open.length;
  const item = open[next];
  last = item?.dataset["key"];
  for (const one of open) one.classList.toggle("on", one === item);
  item?.scrollIntoView({ block: "nearest" });
  item?.querySelector<HTMLAnchorElement>("a")?.click();
}

/** Keep a reason without leaving the page; a refusal is said at its field. */
async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const sent = new URLSearchParams();
  new FormData(form).forEach((value, name) => sent.append(name, String(value)));
  if (button !== null) sent.set(button.name, button.value);
  if (!(await flush())) return;
  const reply = await fetch(inLanguage(form.action), { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
  const answer = (await reply?.json().catch(() => null)) as { html?: Record<string, string>; refused?: string } | null | undefined;
  if (answer?.html?.["panel"] !== undefined) {
    const key = form.closest<HTMLElement>(".issue")?.dataset["key"] ?? "";
    const card = panel();
    if (card !== null) card.outerHTML = answer.html["panel"];
    panel()?.querySelector<HTMLElement>(`.issue[data-key="${CSS.escape(key)}"] summary`)?.focus();
    return;
  }
  const place = form.querySelector<HTMLElement>(".msg.e");
  const words = place?.querySelector("span:last-child");
  if (answer?.refused === undefined || place === null || words === null || words === undefined) {
    form.submit();
    return;
  }
  words.textContent = answer.refused;
  place.hidden = false;
  form.querySelector("textarea")?.setAttribute("aria-invalid", "true");
  form.querySelector("textarea")?.focus();
}

function pressed(event: MouseEvent): void {
  const button = (event.target as Element | null)?.closest<HTMLElement>("[data-recheck]");
  if (button !== null && button !== undefined) void again(button);
}

function submitted(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (!form.matches("#panel form[data-reason]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void send(form, event.submitter instanceof HTMLButtonElement ? event.submitter : null);
}

if (root !== null && panel() !== null) {
  let before = read();
  // Whoever draws the panel anew, a save or a reason, replaces it as a whole.
  const aside = panel()?.parentElement;
  const watcher = new MutationObserver(() => {
    watcher.disconnect();
    drawn(before);
    before = read();
    show();
    if (aside) watcher.observe(aside, { childList: true });
  });
  if (aside) watcher.observe(aside, { childList: true });
  document.addEventListener("input", (event) => {
    if ((event.target as HTMLInputElement | null)?.form?.dataset?.["section"] !== undefined) stale(true);
  });
  document.addEventListener("change", (event) => {
    if ((event.target as Element).closest("[data-only]") === null) return;
    only = (event.target as HTMLInputElement).checked;
    narrow();
  });
  document.addEventListener("toggle", (event) => {
    if ((event.target as Element).matches("#panel [data-notes]")) notes = (event.target as HTMLDetailsElement).open;
  }, true);
  document.addEventListener("focusin", () => only && narrow());
  document.addEventListener("click", pressed);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8" || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step(event.shiftKey);
  });
  show();
}
