// Cells of the editor by row and field. A row's place changes, its id does not: what is unsaved is kept by id.
export type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const PLACED = /^(\d+)\.([a-z][a-z0-9_]*)$/;
const CONTROL = /^(choice|byhand)\./;
const known = new WeakMap<Field, string>();

export function isField(target: unknown): target is Field {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

export function formOf(section: string): HTMLFormElement | null {
  const found = document.getElementById(`f-${section}`);
  return found instanceof HTMLFormElement ? found : null;
}

export function sectionOf(target: EventTarget | null): string | undefined {
  return (target as HTMLInputElement | null)?.form?.dataset?.["section"];
}

/** `<row id>.<field>`, the row id empty outside of tables; undefined for what is no cell. */
export function keyOf(field: Field): string | undefined {
  if (field.name === "" || CONTROL.test(field.name) || (field.type === "hidden" && !PLACED.test(field.name))) return undefined;
  const match = PLACED.exec(field.name);
  if (match === null) return `.${field.name}`;
  const row = field.closest("tr")?.querySelector<HTMLInputElement>(`input[name="${match[1]}.id"]`);
  const id = row ?? field.form?.elements.namedItem(`${match[1]}.id`);
  return id instanceof HTMLInputElement ? `${id.value}.${match[2]}` : undefined;
}

/** The text of the cell as the server last had it. */
export function knownText(field: Field): string {
  const text = known.get(field);
  if (text !== undefined) return text;
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue;
  return ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value ?? "";
}

export function know(field: Field, text: string): void {
  known.set(field, text);
}

/** The name of a cell for people. */
export function nameOf(field: Field): string {
  return field.getAttribute("aria-label") ?? field.labels?.[0]?.textContent?.trim() ?? field.name;
}

/** Every cell of a section. */
export function cellsOf(section: string): Field[] {
  const form = formOf(section);
  return form === null ? [] : ([...form.elements].filter((one) => isField(one) && one.type !== "hidden") as Field[]);
}

/** The address, asked in the language of this page, which may be another than the account's. */
export function inLanguage(address: string): string {
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  return `${address}${address.includes("?") ? "&" : "?"}lang=${language}`;
}
