// The session ends, the page stays: sign in within it, and go on. Only the same person may go on with what is typed here.
import { ask, choice, make } from "./dialog";

const root = document.getElementById("editor");
const words: DOMStringMap = root?.dataset ?? {};
let asking: Promise<boolean> | null = null;

/** Whose page this is. */
export function person(): string {
  return words["person"] ?? "";
}

/** Ask for the password until it is right or the person gives up. Asked once, however many saves wait. */
export function signIn(): Promise<boolean> {
  asking ??= dialog().finally(() => (asking = null));
  return asking;
}

async function dialog(): Promise<boolean> {
  const name = field("username", words["username"] ?? "", "text", "username");
  const password = field("password", words["password"] ?? "", "password", "current-password");
  const fault = make("p", "msg e");
  fault.setAttribute("role", "alert");
  const go = make("button", "btn p", words["signInWord"] ?? "") as HTMLButtonElement;
  const form = make("form", "b stack", make("p", "", words["signInHint"] ?? ""), name.box, password.box, fault) as HTMLFormElement;
  form.id = "f-again";
  go.setAttribute("form", form.id);
  const box = make("div", "", make("div", "hd", make("h2", "", words["signin"] ?? "")), form, make("div", "ft", choice(words["cancel"] ?? "", ""), go));
  let done = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(name.input.value, password.input.value).then((refusal) => {
      fault.textContent = refusal;
      done = refusal === "";
      if (done) form.closest("dialog")?.close();
      else password.input.select();
    });
  });
  await ask(box, words["signin"] ?? "");
  return done;
}

function field(name: string, word: string, type: string, fill: string): { box: HTMLElement; input: HTMLInputElement } {
  const input = make("input", "in") as HTMLInputElement;
  Object.assign(input, { name, type, required: true, id: `again-${name}` });
  input.setAttribute("autocomplete", fill);
  const label = make("label", "lab", word) as HTMLLabelElement;
  label.htmlFor = input.id;
  return { box: make("div", "", label, input), input };
}

/** Empty once this person is signed in again, else why not. */
async function attempt(username: string, password: string): Promise<string> {
  try {
    const reply = await fetch("/sign-in", { method: "POST", body: new URLSearchParams({ username, password }), redirect: "manual" });
    if (reply.type === "opaqueredirect" || reply.ok) return (await renewToken()) === null ? (words["otherPerson"] ?? "") : "";
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    return page.querySelector(".msg.e, .notice.e")?.textContent?.trim() || (words["signInFailed"] ?? "");
  } catch {
    return words["offline"] ?? "";
  }
}

/** A new session has a new token, which this page does not carry yet. Null where it is another person's, or there is none. */
export async function renewToken(): Promise<string | null> {
  const reply = await fetch(window.location.pathname).catch(() => null);
  if (reply === null || !reply.ok) return null;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const token = page.querySelector<HTMLInputElement>("form[data-section] input[name=csrf_token]")?.value;
  if (token === undefined || page.getElementById("editor")?.dataset["person"] !== words["person"]) return null;
  for (const one of document.querySelectorAll<HTMLInputElement>("input[name=csrf_token]")) one.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  return token;
}
