// Who else has the form open. Each window says twice a minute that it is there, and leaves a word when it goes.
import { freeze } from "./freeze";
import { inLanguage, sectionOf } from "./cells";
import { again } from "./saving";
import { icon, root, span, status, words } from "./status";
import { unsaved } from "./unsent";

const EVERY_MS = 30_000;
const WARN_SECONDS = 180;

interface Present {
  words: string;
  section: string;
  own: boolean;
  edits: boolean;
}

interface Told {
  present: Present[];
  state: string;
  seconds_left: number | null;
}

let typedAt = 0;
let section = "";
let timer: number | undefined;

function body(): URLSearchParams {
  const token = document.querySelector<HTMLInputElement>("input[name=csrf_token]")?.value ?? "";
  return new URLSearchParams({ csrf_token: token, window: words["window"] ?? "" });
}

async function ping(address: string): Promise<void> {
  const sent = body();
  if (Date.now() - typedAt < 2 * EVERY_MS) sent.set("section", section);
  const reply = await fetch(inLanguage(address), { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
  if (reply === null) return;
  const told = (reply.headers.get("Content-Type") ?? "").startsWith("application/json") ? ((await reply.json()) as Told) : null;
  if (reply.ok && told !== null) {
    draw(told.present);
    if (told.state !== words["formState"]) freeze("");
    else if (told.seconds_left !== null && told.seconds_left <= WARN_SECONDS) warn(told.seconds_left);
  } else if (reply.status === 401 && unsaved().length === 0) {
    status.show("signin", undefined, { word: words["goSignIn"] ?? "", take: () => void again() });
  } else if (reply.status === 404) freeze("");
}

/** The session ends soon: one press keeps it. */
function warn(seconds: number): void {
  const text = (words["expires"] ?? "").replace("{minutes}", String(Math.max(1, Math.ceil(seconds / 60))));
  const take = (): void => {
    void fetch(words["state"] ?? window.location.pathname, { headers: { Accept: "application/json" } }).then((reply) => {
      if (reply.ok) status.show("said", words["stays"] ?? "");
    });
  };
  status.show("expires", text, { word: words["stay"] ?? "", take });
}

function draw(present: Present[] | undefined): void {
  const place = document.getElementById("presence");
  if (place === null || present === undefined) return;
  place.hidden = present.length === 0;
  const lines = present.map((one) => {
    const line = document.createElement("p");
    line.append(icon(one.edits ? "pen" : "eye"), span(one.words));
    return line;
  });
  const old = place.textContent;
  if (old !== present.map((one) => one.words).join("")) place.replaceChildren(...lines);
}

/** Somebody types here. */
export function typing(target: EventTarget | null): void {
  const first = Date.now() - typedAt > 2 * EVERY_MS || sectionOf(target) !== section;
  typedAt = Date.now();
  section = sectionOf(target) ?? section;
  const address = words["presence"];
  if (first && address !== undefined) void ping(address);
}

export function install(): void {
  const address = words["presence"];
  if (root === null || address === undefined) return;
  const start = (): void => {
    window.clearInterval(timer);
    timer = window.setInterval(() => void ping(address), EVERY_MS);
    void ping(address);
  };
  window.addEventListener("pageshow", (event) => event.persisted && start());
  window.addEventListener("pagehide", () => {
    const sent = body();
    sent.set("gone", "yes");
    navigator.sendBeacon(address, sent);
    window.clearInterval(timer);
  });
  document.addEventListener("jixiao:present", (event) => draw((event as CustomEvent<Present[] | undefined>).detail));
  start();
}
