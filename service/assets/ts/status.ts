// The left end of the foot: what has become of the last change. Words come from the page, in its language.
export type Mood = "saved" | "saving" | "dirty" | "failed" | "clash" | "offline" | "signin" | "said" | "frozen" | "expires";

export interface Offer {
  word: string;
  take: () => void;
}

const ICONS: Record<Mood, string> = {
  saved: "check", saving: "refresh", dirty: "pen", failed: "error", clash: "warn", offline: "offline", signin: "key",
  said: "check", frozen: "lock", expires: "clock",
};
const TONES: Partial<Record<Mood, string>> = {
  failed: "t-err", clash: "t-warn", offline: "t-warn", signin: "t-warn", frozen: "t-warn", expires: "t-warn",
};
// These stand until something better is known: a save of another section does not take them away.
const STAYS: ReadonlySet<Mood> = new Set(["clash", "frozen"]);

export class Status {
  private readonly place = document.getElementById("save-status");
  private mood: Mood | null = null;
  private text = "";
  private last: [Mood, string] | null = null;
  private readonly first = [...(this.place?.childNodes ?? [])];

  constructor(private readonly words: DOMStringMap) {}

  /** Show a state. A repeated one stays as it is, so that a reader hears a change of kind and not each key. */
  show(mood: Mood, text?: string, offer?: Offer): void {
    const words = text ?? this.words[mood] ?? "";
    if (this.place === null || (mood === this.mood && words === this.text)) return;
    if (this.mood !== null && STAYS.has(this.mood) && (mood === "dirty" || mood === "saving")) return;
    if (mood === "saving" && this.mood !== null && this.mood !== "saving") this.last = [this.mood, this.text];
    this.mood = mood;
    this.text = words;
    this.place.className = `row ${TONES[mood] ?? ""}`;
    this.place.replaceChildren(icon(ICONS[mood]), span(words));
    if (offer !== undefined) this.place.append(button(offer));
  }

  saved(time: string): void {
    this.show("saved", (this.words["saved"] ?? "{time}").replace("{time}", time));
  }

  /** The same state in other words, not read out again. */
  tick(mood: Mood, text: string): void {
    const place = this.place?.querySelector("span");
    if (this.mood === mood && place) place.textContent = this.text = text;
  }

  /** What was sent changed nothing: the state before it holds. */
  back(): void {
    if (this.last !== null) this.show(...this.last);
    else {
      this.place?.replaceChildren(...this.first);
      this.mood = null;
    }
  }
}

export const root = document.getElementById("editor");
export const words: DOMStringMap = root?.dataset ?? {};
export const status = new Status(words);

export function span(text: string): HTMLSpanElement {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

export function button(offer: Offer): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn t s";
  made.textContent = offer.word;
  made.addEventListener("click", offer.take, { once: true });
  return made;
}

/** An icon of the page's own sprite: its address is that of any icon already drawn. */
export function icon(name: string): SVGSVGElement {
  const drawn = document.querySelector<SVGUseElement>("svg.ic use");
  const sheet = (drawn?.getAttribute("href") ?? "").split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "ic");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sheet}#${name}`);
  svg.append(use);
  return svg;
}

/** Said to a reader of the screen, seen by nobody. */
export function say(text: string): void {
  const place = document.getElementById("live");
  if (place !== null) place.textContent = text;
}

let fading: number | undefined;

/** A step that can be taken back for a while; it stands beside the state, which goes on changing. */
export function offerUndo(text: string, offer: Offer, milliseconds: number): void {
  const place = document.getElementById("undo");
  if (place === null) return;
  window.clearTimeout(fading);
  const gone = (): void => place.replaceChildren();
  const take = (): void => {
    gone();
    offer.take();
  };
  place.replaceChildren(span(text), button({ word: offer.word, take }));
  fading = window.setTimeout(gone, milliseconds);
  say(text);
}
