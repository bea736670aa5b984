// The left end of the foot: what has become of the last change. Words come from the page, in its language.
export type Mood = "saved" | "saving" | "dirty" | "failed" | "clash" | "offline" | "signin" | "said";

export interface Offer {
  word: string;
  take: () => void;
}

const ICONS: Record<Mood, string> = {
  saved: "check", saving: "refresh", dirty: "pen", failed: "error", clash: "warn", offline: "offline", signin: "key",
  said: "check",
};
const TONES: Partial<Record<Mood, string>> = { failed: "t-err", clash: "t-warn", offline: "t-warn", signin: "t-warn" };

export class Status {
  private readonly place = document.getElementById("save-status");
  private mood: Mood | null = null;

  constructor(private readonly words: DOMStringMap) {}

  /** Show a state. A repeated one stays as it is, so that a reader hears a change of kind and not each key. */
  show(mood: Mood, text?: string, offer?: Offer): void {
    if (this.place === null || (mood === this.mood && mood !== "saved" && mood !== "said")) return;
    this.mood = mood;
    this.place.className = `row ${TONES[mood] ?? ""}`;
    this.place.replaceChildren(icon(ICONS[mood]), span(text ?? this.words[mood] ?? ""));
    if (offer !== undefined) this.place.append(button(offer));
  }

  saved(time: string): void {
    this.show("saved", (this.words["saved"] ?? "{time}").replace("{time}", time));
  }
}

function span(text: string): HTMLSpanElement {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

function button(offer: Offer): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn t s";
  made.textContent = offer.word;
  made.addEventListener("click", offer.take, { once: true });
  return made;
}

/** An icon of the page's own sprite: its address is that of any icon already drawn. */
function icon(name: string): SVGSVGElement {
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
