// Uploads with progress. The form is a plain one; with scripts it takes several files, sends them one after the other
// and shows how far each is. The page with the new list comes when all are there; what was refused stays with its reason.

interface Answer {
  added?: number;
  refused?: string;
}

const form = document.getElementById("upload") as HTMLFormElement | null;
const list = document.getElementById("progress");

class Item {
  private readonly line = document.createElement("li");
  private readonly bar = document.createElement("progress");
  private readonly said = document.createElement("span");
  done = false;

  constructor(readonly file: File) {
    const name = document.createElement("span");
    name.className = "brk";
    name.lang = "zh-CN";
    name.textContent = file.name;
    this.bar.max = Math.max(file.size, 1);
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.line.append(name, this.bar, this.said);
    list?.append(this.line);
    this.say(word("waits"));
  }

  say(text: string): void {
    this.said.textContent = text;
  }

  sent(bytes: number): void {
    this.bar.value = Math.min(bytes, this.bar.max);
    const whole = bytes >= this.bar.max;
    this.say(whole ? word("checks") : `${word("sends")} ${Math.floor((bytes / this.bar.max) * 100)}%`);
  }

  succeed(): void {
    this.done = true;
    this.sent(this.bar.max);
    this.say(word("done"));
  }

  fail(reason: string, again?: () => void): void {
    this.bar.value = 0; // all of it was sent, none of it was kept
    this.say(word("unkept"));
    const message = document.createElement("p");
    message.className = "msg e";
    message.setAttribute("role", "alert");
    message.textContent = reason;
    if (again !== undefined) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn s";
      button.textContent = word("retry");
      button.addEventListener("click", () => {
        message.remove();
        again();
      });
      message.append(" ", button);
    }
    this.line.append(message);
  }
}

function word(name: string): string {
  return form?.dataset[name] ?? "";
}

/** One request, with its progress, which `fetch` does not tell. */
function send(item: Item): Promise<Answer | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData(form as HTMLFormElement);
    body.set("file", item.file, item.file.name);
    request.open("POST", (form as HTMLFormElement).action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", String(body.get("csrf_token") ?? ""));
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => item.sent(event.loaded));
    request.addEventListener("loadend", () => resolve((request.response as Answer | null) ?? null));
    request.send(body);
  });
}

async function upload(item: Item): Promise<number | undefined> {
  if (item.file.size > Number(form?.dataset["max"])) {
    item.fail(word("large"));
    return undefined;
  }
  const answer = await send(item);
  if (answer?.added !== undefined) {
    item.succeed();
    return answer.added;
  }
  item.fail(answer?.refused ?? word("lost"), answer === null ? () => void all([item]) : undefined);
  return undefined;
}

async function all(items: Item[]): Promise<void> {
  const button = form?.querySelector("button.p");
  button?.setAttribute("aria-disabled", "true");
  let last: number | undefined;
  for (const item of items) last = (await upload(item)) ?? last;
  button?.removeAttribute("aria-disabled");
  if (last === undefined || !items.every((item) => item.done)) return;
  const address = new URL((form as HTMLFormElement).action);
  address.searchParams.set("added", String(last));
  window.location.assign(address);
}

if (form !== null && list !== null) {
  const field = form.querySelector<HTMLInputElement>("input[type=file]");
  if (field !== null) field.multiple = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field?.files === null || field?.files === undefined || field.files.length === 0) return;
    if (form.querySelector("button[aria-disabled]") !== null) return;
    list.replaceChildren();
    list.hidden = false;
    void all([...field.files].map((file) => new Item(file)));
  });
}
