// Rows move in place and blocks are pasted: each is a button of the plain form, whose answer brings the section anew.
import { after, flush, formOf, mark, paused, save, sectionOf, status, words } from "./saving";
import { recompute } from "./sums";

/** A button of a row: the other sections are saved first, then the rows come back as the server has them. */
async function act(section: string, extra: Record<string, string>, said?: (rows: number) => string): Promise<void> {
  await flush();
  const form = formOf(section);
  if (form === null || paused.has(section)) return;
  const undo = (form.elements.namedItem("base") as HTMLInputElement | null)?.value ?? "";
  const before = rowsOf(section);
  const answer = await after(() => save(section, extra));
  if (answer?.section === undefined) return;
  const card = document.getElementById(`sec-${section}`);
  if (card !== null) card.outerHTML = answer.section;
  focusRow(answer.focus ?? null, section);
  recompute();
  const text = said?.(rowsOf(section) - before);
  if (text) status.show("said", text, { word: words["undo"] ?? "", take: () => void act(section, { do: "restore", undo }) });
}

function rowsOf(section: string): number {
  return document.querySelectorAll(`#sec-${section} tbody tr[id^="r-"]`).length;
}

function focusRow(id: string | null, section: string): void {
  const row = id === null ? null : document.getElementById(id);
  const field = row?.querySelector<HTMLElement>(".cell") ?? document.querySelector<HTMLElement>(`#sec-${section} .addrow button`);
  field?.focus();
}

export function pressed(event: MouseEvent): void {
  const button = (event.target as Element | null)?.closest<HTMLButtonElement>("button[name=do]");
  const section = button?.form?.dataset["section"];
  if (button === null || button === undefined || section === undefined) return;
  event.preventDefault();
  if (button.value === "save") {
    mark(section);
    void flush();
    return;
  }
  const deletes = button.value.startsWith("delete");
  void act(section, { do: button.value }, deletes ? () => words["deleted"] ?? "" : undefined);
}

export function paste(event: ClipboardEvent): void {
  const field = event.target as HTMLInputElement | HTMLTextAreaElement;
  const section = field.matches?.("table.edit .cell") ? sectionOf(field) : undefined;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const lines = text.replace(/\r?\n$/, "");
  const isBlock = lines.includes("\t") || (lines.includes("\n") && field instanceof HTMLInputElement);
  if (section === undefined || !isBlock) return;
  event.preventDefault();
  const said = (added: number): string => (words["pasted"] ?? "").replace("{added}", String(Math.max(added, 0)));
  void act(section, { do: "paste", at: field.name, paste: text }, said);
}
