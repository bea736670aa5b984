// A form that acts is sent once: a second press of the button within the same page does nothing. The server keeps the
// promise too; this spares people the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-once]") || event.defaultPrevented) return;
  if (form.dataset["sent"] === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset["sent"] = "yes";
  for (const button of document.querySelectorAll<HTMLButtonElement>(`button[form="${form.id}"], [data-once] button`)) {
    if (button.form === form) button.setAttribute("aria-disabled", "true");
  }
});
// A page that comes back from the browser's memory may send again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
    delete form.dataset["sent"];
    for (const button of [...form.elements]) button.removeAttribute("aria-disabled");
  }
});
