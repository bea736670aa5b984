// The editor and the score sheet, once scripts run. Everything here is also a plain form.
import { leave, withdraw } from "./amounts";
import { formOf, isField, sectionOf } from "./cells";
import { grow, layRows, nameByRow } from "./long";
import { forget, left } from "./mirror";
import { paste } from "./paste";
import { install as presence, typing } from "./presence";
import { draw, keyInTable, opened, pressed, stood } from "./rows";
import { after, choose, composes, edited, flush, save } from "./saving";
import { root, status, words } from "./status";
import { recompute } from "./sums";
import { leftAlone, revived, unsaved } from "./unsent";

function keys(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    void flush();
    return;
  }
  const section = sectionOf(event.target);
  if (isField(event.target) && section !== undefined && event.target.matches("table.edit .cell")) keyInTable(event, event.target, section);
}

/** Links and forms that leave the page wait until everything is saved. */
async function away(event: Event): Promise<void> {
  const target = (event.target as Element | null)?.closest<HTMLElement>("[data-flush]");
  if (target === null || target === undefined || (event.type === "click" && target instanceof HTMLFormElement)) return;
  if (unsaved().length === 0) return;
  event.preventDefault();
  if (!(await flush())) return;
  if (target instanceof HTMLAnchorElement) window.location.assign(target.href);
  else if (target instanceof HTMLFormElement) target.submit();
}

let spying = false;

/** The step of the section that is being read. */
function spy(): void {
  spying = false;
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

/** Once a frame, not once an event. */
function spySoon(): void {
  if (spying) return;
  spying = true;
  window.requestAnimationFrame(spy);
}

function count(field: Element): void {
  const place = document.getElementById("goal-count");
  if (place === null || !(field instanceof HTMLTextAreaElement) || !place.closest("section")?.contains(field)) return;
  place.textContent = (place.dataset["words"] ?? "{n}").replace("{n}", String([...field.value.replace(/\s/g, "")].length));
}

let drawing = false;

/** Sums and counts follow after the frame that shows the key: the hand never waits for them. */
function drawSoon(field: Element): void {
  if (drawing) return;
  drawing = true;
  window.requestAnimationFrame(() =>
    setTimeout(() => {
      drawing = false;
      count(field);
      recompute();
      document.dispatchEvent(new CustomEvent("jixiao:typed"));
    }, 0),
  );
}

function typedIn(event: Event): void {
  const section = sectionOf(event.target);
  if (section === undefined || !isField(event.target)) return;
  const composing = (event as InputEvent).isComposing === true;
  composes(composing ? section : undefined);
  if (composing) return;
  grow(event.target);
  withdraw(event.target);
  edited(event.target, section);
  typing(event.target);
  drawSoon(event.target);
}

function leftCell(event: FocusEvent): void {
  const section = sectionOf(event.target);
  if (section === undefined || !isField(event.target)) return;
  leftAlone(event.target);
  leave(event.target, section, words);
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

/** Choices of a clash: the card of the chosen side is drawn as such, its button sends them. */
function chosen(event: Event): void {
  const target = event.target as Element;
  const settle = target.closest<HTMLElement>("[data-settle]");
  if (settle !== null && event.type === "click") void choose(settle.dataset["settle"] ?? "");
  if (event.type !== "change" || !(target instanceof HTMLInputElement) || target.type !== "radio") return;
  for (const one of target.closest("fieldset")?.querySelectorAll(".opt") ?? []) one.classList.toggle("on", one.contains(target));
}

/** What an earlier page of this tab did not get through is sent now, over the value that it started from. */
async function revive(): Promise<void> {
  const kept = [...left(words["person"] ?? "")];
  for (const [section, one] of kept) {
    if (formOf(section) === null) continue;
    const body = new URLSearchParams({ base_version: one.version, base: one.base, patch: "yes" });
    for (const [key, text] of Object.entries(one.cells)) body.set(`cell.${key}`, text);
    revived.set(section, body);
    await after(async () => {
      const answer = await save(section, { do: "show" });
      if (answer !== null) status.show("said", words["restored"] ?? "");
      if (answer !== null && words["state"] === undefined) window.location.reload();
    });
  }
}

if (root !== null) {
  const bytes = window.crypto.getRandomValues(new Uint8Array(12));
  root.dataset["window"] = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  for (const one of document.querySelectorAll<HTMLElement>(".js-only")) one.hidden = false;
  document.addEventListener("input", typedIn);
  document.addEventListener("compositionend", typedIn);
  document.addEventListener("change", (event) => event.target instanceof HTMLSelectElement && typedIn(event));
  document.addEventListener("change", chosen);
  document.addEventListener("focusout", leftCell);
  document.addEventListener("focusin", (event) => stood(event.target));
  document.addEventListener("focusin", (event) => nameByRow(event.target));
  document.addEventListener("paste", paste);
  document.addEventListener("keydown", keys);
  document.addEventListener("click", pressed);
  document.addEventListener("toggle", opened, true);
  document.addEventListener("click", chosen);
  document.addEventListener("click", jump);
  document.addEventListener("click", closeMenus);
  document.addEventListener("click", (event) => void away(event));
  document.addEventListener("submit", (event) => void away(event));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush());
  window.addEventListener("online", () => void flush());
  window.addEventListener("offline", () => unsaved().length > 0 && void flush());
  document.addEventListener("jixiao:checked", spySoon);
  window.addEventListener("scroll", spySoon, { passive: true });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved().length === 0) return;
    event.preventDefault();
    event.returnValue = ""; // engines before 119 ask for nothing else
  });
  draw();
  spySoon();
  layRows();
  presence();
  void revive();
}
document.addEventListener("submit", (event) => {
  if ((event.target as HTMLFormElement).getAttribute("action") === "/sign-out") forget();
});
