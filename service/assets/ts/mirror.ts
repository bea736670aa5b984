// What is typed and not saved yet, kept in this tab alone (sessionStorage): it survives a reload and a crash, never the tab,
// and never another person. Gone once it is saved, on signing out, and when somebody else signs in. A unit may switch it off.

export interface Kept {
  version: string;
  base: string;
  cells: Record<string, string>;
}

const PREFIX = "jixiao:unsaved:";
const OWNER = "jixiao:owner";

function storage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** The unit whose form this is keeps nothing in a browser. */
function off(): boolean {
  return document.getElementById("editor")?.dataset["unkept"] !== undefined;
}

function nameOf(section: string): string {
  return `${PREFIX}${window.location.pathname}#${section}`;
}

/** Keep what is unsaved of one section, or forget it where nothing is. */
export function keep(section: string, kept: Kept | null): void {
  try {
    if (kept === null || off()) storage()?.removeItem(nameOf(section));
    else storage()?.setItem(nameOf(section), JSON.stringify(kept));
  } catch {
    // A full or forbidden storage: what is typed stays in the page, as before.
  }
}

/** What a page of the same person in this tab left unsaved, by section. */
export function left(owner: string): Map<string, Kept> {
  const found = new Map<string, Kept>();
  const store = storage();
  if (store === null) return found;
  if (off() || store.getItem(OWNER) !== owner) forget();
  if (off()) return found;
  try {
    store.setItem(OWNER, owner);
  } catch {
    return found;
  }
  const prefix = nameOf("");
  for (const name of Object.keys(store).filter((one) => one.startsWith(prefix))) {
    const kept = read(store.getItem(name) ?? "");
    if (kept !== null) found.set(name.slice(prefix.length), kept);
    else store.removeItem(name);
  }
  return found;
}

function read(text: string): Kept | null {
  try {
    const kept = JSON.parse(text) as Kept;
    return typeof kept.base === "string" && typeof kept.cells === "object" ? kept : null;
  } catch {
    return null;
  }
}

/** Forget everything. */
export function forget(): void {
  const store = storage();
  for (const name of Object.keys(store ?? {}).filter((one) => one.startsWith(PREFIX))) store?.removeItem(name);
}
