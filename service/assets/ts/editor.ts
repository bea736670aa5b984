// The editor and the score sheet, once scripts run. Everything here is also a plain form.
import { paste, pressed } from "./rows";
import { composes, dirty, flush, mark, root, sectionOf } from "./saving";
import { recompute } from "./sums";

function keys(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
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
  const composing = (event as InputEvent).isComposing === true;
  composes(composing ? section : undefined);
  if (composing) {
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
  document.addEventListener("change", (event) => event.target instanceof HTMLSelectElement && typedIn(event));
  document.addEventListener("paste", paste);
  document.addEventListener("keydown", keys);
  document.addEventListener("click", pressed);
  document.addEventListener("click", jump);
  document.addEventListener("click", closeMenus);
  document.addEventListener("click", (event) => void away(event));
  document.addEventListener("submit", (event) => void away(event));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush());
  window.addEventListener("online", () => void flush());
  document.addEventListener("jixiao:saved", spy);
  window.addEventListener("scroll", spy, { passive: true });
  window.addEventListener("beforeunload", (event) => dirty.size > 0 && event.preventDefault());
  spy();
}
