// The one door to the server: a save and the kinds of answer that it may get.
import { inLanguage } from "./cells";
import { person, renewToken } from "./session";

export interface Card {
  section?: string;
  values?: Record<string, string>;
}

export interface Answer extends Card {
  version: number;
  base: string;
  saved_at: string;
  present?: unknown;
  marks?: Record<string, string>;
  html?: Record<string, string>;
  text?: Record<string, string>;
  focus?: string | null;
  reload?: boolean;
  said?: string;
  preview?: string;
  beside?: Card & { name: string; version: number; base: string; focus?: string | null };
}

export type Reply =
  | { kind: "kept"; answer: Answer }
  | { kind: "clash"; html: string }
  | { kind: "signed-out" }
  | { kind: "closed"; words: string }
  | { kind: "refused"; words: string }
  | { kind: "lost" };

interface Problem {
  refused?: string;
  code?: string;
  clash?: string;
}

const PATIENCE_MS = 20000;
// A browser sends no more than 64 KB from a page that is being left.
const MOST_KEPT_ALIVE = 60000;

/** Send a form. Nothing is thrown: an answer that never came, or one of a broken server, is `lost` and may have been kept. */
export async function post(form: HTMLFormElement, body: URLSearchParams, retried = false): Promise<Reply> {
  const stop = new AbortController();
  const patience = window.setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const keepalive = body.toString().length < MOST_KEPT_ALIVE;
    const reply = await fetch(inLanguage(form.action), { method: "POST", body, headers: { Accept: "application/json" }, keepalive, signal: stop.signal });
    const json = (reply.headers.get("Content-Type") ?? "").startsWith("application/json");
    const answer = json ? ((await reply.json()) as Answer & Problem) : null;
    if (reply.ok && answer !== null) return { kind: "kept", answer };
    if (reply.status === 403 && answer?.code === "csrf_failed" && !retried) return await withNewToken(form, body);
    return problem(reply.status, answer);
  } catch {
    return { kind: "lost" };
  } finally {
    window.clearTimeout(patience);
  }
}

function problem(status: number, answer: Problem | null): Reply {
  const words = answer?.refused ?? "";
  if (answer?.clash !== undefined) return { kind: "clash", html: answer.clash };
  if (status === 401 || status === 200) return { kind: "signed-out" };
  if (status >= 500 || status === 429 || status === 408) return { kind: "lost" };
  if (status === 403 || status === 404 || status === 409 || status === 423) return { kind: "closed", words };
  return { kind: "refused", words };
}

/** Another window signed in anew: this page takes the token over, if it is still the same person. */
async function withNewToken(form: HTMLFormElement, body: URLSearchParams): Promise<Reply> {
  const token = await renewToken();
  if (token === null || person() === "") return { kind: "signed-out" };
  body.set("csrf_token", token);
  return post(form, body, true);
}
