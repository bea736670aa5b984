// A block from Excel or WPS goes into the table from the cell on. The server reads it; what adds rows is shown first.
import { isField, sectionOf } from "./cells";
import { ask, choice, make } from "./dialog";
import { act, rowsOf, type as typeText, undoPaste } from "./rows";
import { words } from "./status";

export function paste(event: ClipboardEvent): void {
  const field = event.target;
  if (!isField(field) || !field.matches("table.edit .cell")) return;
  const section = sectionOf(field);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const lines = text.replace(/\r?\n$/, "");
  if (section === undefined || (!lines.includes("\t") && !lines.includes("\n"))) return;
  event.preventDefault();
  if (!lines.includes("\t") && field instanceof HTMLTextAreaElement) void oneOrMany(field, section, text);
  else void put(section, field.name, text);
}

/** Lines without columns may be one text or a column of cells: only the person knows. */
async function oneOrMany(field: HTMLTextAreaElement, section: string, text: string): Promise<void> {
  const lines = text.replace(/\r?\n$/, "").split("\n").length;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  const said = (words["splitAsk"] ?? "").replace("{lines}", String(lines));
  const buttons = [choice(words["cancel"] ?? "", ""), choice(words["split"] ?? "", "split"), choice(words["oneCell"] ?? "", "one", true)];
  const answer = await ask(make("div", "", make("div", "b", make("p", "", said)), make("div", "ft", ...buttons)), said);
  if (answer === "one") typeText(field, section, text.replace(/\r\n?/g, "\n"), from, to);
  else if (answer === "split") await put(section, field.name, text);
}

async function put(section: string, at: string, text: string): Promise<void> {
  const had = rowsOf(section).length;
  let done = await act(section, () => ({ do: "paste", at, paste: text }));
  const preview = done?.answer.preview;
  if (preview !== undefined) {
    const heading = new DOMParser().parseFromString(preview, "text/html").querySelector("h2")?.textContent ?? "";
    const chosen = await ask(preview, heading, true);
    if (chosen === "") return;
    done = await act(section, () => ({ do: "paste", at, paste: text, sure: "yes", ...(chosen === "convert" ? { convert: "yes" } : {}) }));
  }
  if (done === null) return;
  undoPaste(section, Math.max(rowsOf(section).length - had, 0), done.before, done.answer.base);
  document.getElementById(done.answer.focus ?? "")?.querySelector<HTMLElement>(".cell")?.focus();
}
