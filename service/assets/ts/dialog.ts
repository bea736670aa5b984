// A dialog over the page. Its content is the server's or built by its caller; Escape and a button close it.

/** Show `content`; resolves with the value of the button that closed it, empty for none of them. */
export function ask(content: Element | string, label: string, wide = false): Promise<string> {
  const dialog = document.createElement("dialog");
  dialog.className = wide ? "dialog" : "dialog small";
  dialog.setAttribute("aria-label", label);
  const drawn = document.createElement("div");
  if (typeof content === "string") drawn.innerHTML = content;
  else drawn.append(...content.childNodes);
  dialog.append(drawn);
  document.body.append(dialog);
  const back = document.activeElement as HTMLElement | null;
  return new Promise((resolve) => {
    dialog.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-close], [data-take]");
      if (button !== null) dialog.close(button.hasAttribute("data-take") ? button.dataset["take"] || "yes" : "");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (back?.isConnected) back.focus();
      resolve(dialog.returnValue);
    });
    dialog.showModal();
  });
}

/** An element with a class, a text and children. */
export function make(tag: string, className = "", ...inside: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.append(...inside);
  return made;
}

/** A button that closes the dialog with a value. */
export function choice(word: string, value: string, main = false): HTMLButtonElement {
  const made = make("button", main ? "btn p" : "btn", word) as HTMLButtonElement;
  made.type = "button";
  if (value === "") made.dataset["close"] = "";
  else made.dataset["take"] = value;
  return made;
}
