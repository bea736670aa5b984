// Suggestions of the indicator library at the name of an indicator. They only offer: what is typed stays what it is until
// somebody chooses, and a choice fills cells that are empty. Without this script the page 从指标库选取 does the same.
export {};

const settings = document.getElementById("library-offer");
const WAIT_MS = 150;
const CELL = '[name$=".level3"][form]';
const FILLED = ["level1", "level2", "interpretation", "comparator", "unit"];
type Field = HTMLInputElement | HTMLTextAreaElement;

const offers = document.createElement("ul");
let field: Field | null = null;
let active = -1;
let timer: number | undefined;
let asked: AbortController | undefined;

function options(): HTMLElement[] {
  return [...offers.querySelectorAll<HTMLElement>("[role=option]")];
}

function cellOf(target: EventTarget | null): Field | null {
  const found = target as Field | null;
  return found?.matches?.(CELL) === true && found.form?.dataset["section"] !== undefined ? found : null;
}

function close(): void {
  window.clearTimeout(timer);
  asked?.abort();
  offers.hidden = true;
  active = -1;
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  if (field instanceof HTMLInputElement) field.setAttribute("aria-expanded", "false");
}

function say(text: string): void {
  const place = document.getElementById("library-said");
  if (place !== null) place.textContent = text;
}

/** Tell a reader what this field can do. A text area keeps its own role: the roles of a combobox are not allowed on it. */
function introduce(one: Field): void {
  one.setAttribute("aria-autocomplete", "list");
  one.setAttribute("aria-haspopup", "listbox");
  if (one instanceof HTMLInputElement) {
    one.setAttribute("role", "combobox");
    one.setAttribute("aria-expanded", "false");
  }
}

function place(one: Field): void {
  const box = one.getBoundingClientRect();
  const width = Math.min(416, window.innerWidth - 32);
  const left = Math.min(box.left, window.innerWidth - width - 16);
  offers.style.setProperty("left", `${Math.max(16, left) + window.scrollX}px`);
  offers.style.setProperty("top", `${box.bottom + window.scrollY + 2}px`);
}

function open(one: Field, html: string): void {
  offers.innerHTML = html;
  const found = options();
  if (found.length === 0) {
    close();
    return;
  }
  found.forEach((option, index) => (option.id = `library-option-${index}`));
  offers.hidden = false;
  active = -1;
  place(one);
  one.setAttribute("aria-controls", offers.id);
  if (one instanceof HTMLInputElement) one.setAttribute("aria-expanded", "true");
  say((settings?.dataset["count"] ?? "").replace("{n}", String(found.length)));
}

async function ask(one: Field, query: string): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  const sent = new URLSearchParams({ submission: settings?.dataset["submission"] ?? "", q: query });
  const reply = await fetch(`/library?${sent.toString()}`, { signal: asked.signal }).catch(() => null);
  if (reply === null || !reply.ok || reply.redirected) return;
  const html = await reply.text();
  // Meanwhile somebody may have typed on, or left.
  if (document.activeElement === one && one.value.trim() === query) open(one, html);
}

function typed(event: Event): void {
  const one = cellOf(event.target);
  if (one === null) return;
  if ((event as InputEvent).isComposing === true) {
    close();
    return;
  }
  field = one;
  introduce(one);
  window.clearTimeout(timer);
  const query = one.value.trim();
  if (query === "") close();
  else timer = window.setTimeout(() => void ask(one, query), WAIT_MS);
}

function point(to: number): void {
  const found = options();
  active = (to + found.length) % found.length;
  found.forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
  const chosen = found[active];
  if (chosen === undefined) return;
  field?.setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}

/** Put a text into a field as if it had been typed, so that saving and undo know of it. */
function write(one: HTMLElement | null, text: string): void {
  if (one instanceof HTMLSelectElement) {
    if (![...one.options].some((entry) => entry.value === text)) return;
    one.value = text;
    one.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) {
    one.setRangeText(text, 0, one.value.length, "end");
    one.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

function choose(option: HTMLElement | undefined): void {
  const one = field;
  if (option === undefined || one === null) return;
  const row = one.name.slice(0, -"level3".length);
  write(one, option.dataset["level3"] ?? "");
  for (const name of FILLED) {
    const cell = one.form?.elements.namedItem(`${row}${name}`);
    const text = option.dataset[name] ?? "";
    if (text === "" || !(cell instanceof HTMLElement) || (cell as Field).value.trim() !== "") continue;
    write(cell, text);
  }
  close();
  say((settings?.dataset["taken"] ?? "").replace("{name}", option.dataset["level3"] ?? ""));
}

function pressed(event: KeyboardEvent): void {
  if (offers.hidden || field === null || event.target !== field) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const acts: Record<string, () => void> = {
    ArrowDown: () => point(active + 1),
    ArrowUp: () => point(active < 0 ? -1 : active - 1),
    Escape: close,
  };
  if (active >= 0) acts["Enter"] = () => choose(options()[active]);
  const act = acts[event.key];
  if (act === undefined) {
    if (event.key === "Tab" || event.key === "Enter") close();
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

if (settings !== null) {
  offers.id = "library-list";
  offers.className = "suggest";
  offers.hidden = true;
  offers.setAttribute("role", "listbox");
  offers.setAttribute("aria-label", settings.dataset["label"] ?? "");
  document.body.append(offers);
  document.addEventListener("input", typed);
  document.addEventListener("compositionend", typed);
  // Before the keys of the table: while the list is open, Enter and the arrows are its own.
  document.addEventListener("keydown", pressed, { capture: true });
  document.addEventListener("focusin", (event) => {
    const one = cellOf(event.target);
    if (one !== null) introduce(one);
    if (one !== field) close();
    field = one;
  });
  document.addEventListener("focusout", close);
  window.addEventListener("resize", close);
  // The focus stays in the cell while the mouse is in the list.
  offers.addEventListener("mousedown", (event) => event.preventDefault());
  offers.addEventListener("click", (event) => choose((event.target as Element).closest<HTMLElement>("[role=option]") ?? undefined));
}
