// Keys that act. Somebody who speaks to the machine, or whose hand slips, can switch them off (我的账号): then no script hears
// them and the browser's own meaning holds. `?` shows which there are.
import { ask } from "./dialog";

const PLAIN = new Set(["j", "k", "x", "n", "p", "c", "[", "]", "?", "F8"]);
const WITH_CONTROL = new Set(["s", "d", "Enter", "ArrowUp", "ArrowDown"]);
const WITH_ALT = new Set(["ArrowUp", "ArrowDown"]);
const WRITES = "input, textarea, select, [contenteditable]";

function shortcut(event: KeyboardEvent): boolean {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return WITH_CONTROL.has(key);
  return (event.altKey ? WITH_ALT : PLAIN).has(key);
}

function overview(): void {
  const kept = document.querySelector<HTMLTemplateElement>("#keys");
  if (kept === null || document.querySelector("dialog[open]") !== null) return;
  const content = document.createElement("div");
  content.append(kept.content.cloneNode(true));
  void ask(content, kept.dataset["label"] ?? "");
}

window.addEventListener(
  "keydown",
  (event) => {
    if (document.body.dataset["shortcuts"] === "off") {
      if (shortcut(event)) event.stopImmediatePropagation();
    } else if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey && (event.target as Element).closest?.(WRITES) === null) {
      event.preventDefault();
      overview();
    }
  },
  { capture: true },
);
